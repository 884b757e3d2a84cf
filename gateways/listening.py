"""Listening sockets of a gateway."""

import contextlib
import os
import socket
import stat
from collections.abc import Iterable
from typing import Final

from steadyvoice.ipc.addresses import Address, BadAddress

_BACKLOG: Final = 128


def listen(addresses: Iterable[Address]) -> list[socket.socket]:
    """Listening sockets, close-on-exec and non-blocking. A Unix socket is for its user only. BadAddress."""
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            sockets += [_unix(address)] if address.path else _tcp(address)
    except OSError as error:
        for each in sockets:
            each.close()
        raise BadAddress(f"cannot listen on {address}: {error.strerror}; name another one with --listen") from error
    return sockets


def _tcp(address: Address) -> list[socket.socket]:
    """One socket for each host of the address; at least one, as a machine may lack IPv6."""
    sockets: list[socket.socket] = []
    for host in address.hosts:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        port = sockets[0].getsockname()[1] if sockets else address.port  # port 0: the same for both
        try:
            sock.bind((host, port))
        except OSError:
            sock.close()
            if not sockets:
                raise
            continue  # localhost without IPv6
        sock.listen(_BACKLOG)
        sockets.append(sock)
    return sockets


def _unix(address: Address) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    try:
        _remove_stale(address.path)
        before = os.umask(0o177)
        try:
            sock.bind(address.path)
        finally:
            os.umask(before)
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _remove_stale(path: str) -> None:
    """Remove the socket of a gateway that was killed. Where another process listens, or it is no socket, bind fails."""
    if not os.path.exists(path) or not stat.S_ISSOCK(os.stat(path).st_mode):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        except OSError:
            pass  # bind reports why


def release(sockets: Iterable[socket.socket]) -> None:
    """Close the sockets and remove the files of those that ``listen`` made."""
    for sock in sockets:
        name = sock.getsockname() if sock.family == socket.AF_UNIX else ""
        sock.close()
        if name:
            with contextlib.suppress(OSError):
                os.unlink(name)
