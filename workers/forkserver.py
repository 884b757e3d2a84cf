"""The process that stages are forked from: what they all need is loaded once, takes memory once, and is there already
for the successor of one that has died.

It has one thread and no device open: a fork would have half of them. A stage is forked twice, and adopted by the
daemon (PR_SET_CHILD_SUBREAPER in prctl(2)), which waits for it and with which it dies.
"""

import contextlib
import ctypes
import errno
import gc
import importlib
import os
import signal
import socket
import sys
import time
from typing import Final

import msgspec

from steadyvoice.ipc import descriptors
from steadyvoice.ipc.stage_protocol import Fork, LeftOut, Loading, Preload, Ready
from steadyvoice.workers import optional
from steadyvoice.workers.converters import converter
from steadyvoice.workers.engines import engine
from steadyvoice.workers.runtime import realtime

_ADOPTED_LOOK_S: Final = 0.0002
_MAX: Final = 65536
_decode = msgspec.msgpack.Decoder(Fork).decode


def serve(fd: int) -> tuple[str, int] | None:
    """Fork as asked. Return in a stage, with its name and its socket; else None, when the daemon is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the daemon's to handle
    daemon = os.getppid()
    with socket.socket(fileno=fd) as sock:
        _preload(msgspec.msgpack.decode(sock.recv(_MAX), type=Preload), sock)
        while True:
            data, fds = descriptors.receive(sock, _MAX, 1)
            if not data:
                return None
            try:
                pid = _fork() if fds else -errno.EMFILE
            except OSError as error:
                pid = -(error.errno or errno.EAGAIN)
            if pid == 0:
                break
            descriptors.close_all(fds)
            sock.send(b"%d" % pid)
    realtime.die_with_parent(daemon)
    stage = _decode(data)
    _become(stage)
    return stage.name, fds[0]


def _preload(wanted: Preload, sock: socket.socket) -> None:
    """Load it, reporting what is loaded and what is left out; ``Ready`` at last."""

    def send(message: Loading | LeftOut | Ready) -> None:
        with contextlib.suppress(OSError):  # without the daemon the next recv ends this process
            sock.send(msgspec.msgpack.encode(message))

    optional.report_to(send)
    optional.exclude(wanted.left_out)
    for name in wanted.stages:
        importlib.import_module(f"steadyvoice.workers.stages.{name}")
    for kind, loaded in (("engine", engine.usable(wanted.engines)), ("converters", converter.usable(wanted.families))):
        for name, each in loaded.items():
            if (preload := getattr(each, "preload", None)) is not None:
                optional.attempt(f"preload of {kind} {name}", preload)  # without it only less is shared
    gc.collect()
    gc.freeze()  # a collection in a stage would copy all that is shared
    send(Ready())


def _fork() -> int:
    """In the stage 0, once it is adopted; here its process. OSError where there can be none."""
    told, tell = os.pipe()
    with open(told, "rb", 0) as reading, open(tell, "wb", 0) as writing:
        if between := os.fork():
            writing.close()
            said = reading.read(32)
            os.waitpid(between, 0)
            if not said:
                raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            return int(said)
        between, pid = os.getpid(), -1
        try:
            if pid := os.fork():
                writing.write(b"%d" % pid)
        finally:
            if pid:
                os._exit(0)
    while os.getppid() == between:
        time.sleep(_ADOPTED_LOOK_S)
    return 0


def _become(stage: Fork) -> None:
    _rename(stage.name)
    os.environ.update(stage.environment)
    if (torch := sys.modules.get("torch")) is not None:  # it has read its environment before
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def _rename(name: str) -> None:
    """Show the stage's arguments in place of this program's in ps(1). arg_start and arg_end: proc_pid_stat(5)."""
    if not os.access("/proc/self/stat", os.R_OK):
        return
    with open("/proc/self/stat") as file:
        start, end = map(int, file.read().rpartition(")")[2].split()[45:47])
    size = end - start
    before, _, _ = ctypes.string_at(start, size).rpartition(b"forkserver\0")
    ctypes.memmove(start, (before + name.encode()).ljust(size, b"\0")[:size], size)
