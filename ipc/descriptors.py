"""Passing file descriptors between processes."""

import array
import contextlib
import os
import socket
from collections.abc import Iterable


def receive(sock: socket.socket, size: int, most: int, flags: int = 0) -> tuple[bytes, list[int]]:
    """Receive data and at most ``most`` descriptors, close-on-exec; ``socket.recv_fds`` ignores its flags."""
    fds = array.array("i")
    data, ancillary, _, _ = sock.recvmsg(size, socket.CMSG_LEN(most * fds.itemsize), flags | socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, fds.tolist()


def duplicate(fds: Iterable[int]) -> tuple[int, ...]:
    """Duplicate all descriptors, or none: OSError at the limit of open files."""
    with contextlib.ExitStack() as undo:
        made = []
        for fd in fds:
            made.append(os.dup(fd))
            undo.callback(os.close, made[-1])
        undo.pop_all()
    return tuple(made)


def close_all(fds: Iterable[int]) -> None:
    for fd in fds:
        os.close(fd)
