"""The forkserver: the process that stages are forked from, so that libraries and models are loaded once, share memory,
and need no loading when a stage is replaced.

The forkserver has one thread and no open device, because a fork copies neither. Each stage is forked twice, so that the
daemon adopts it (PR_SET_CHILD_SUBREAPER in prctl(2)): the daemon waits for it, and the stage dies with the daemon.
"""

import contextlib
import ctypes
import errno
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from steadyvoice.ipc import descriptors
from steadyvoice.ipc.stage_protocol import LeftOut, Loading, Ready
from steadyvoice.ipc.stage_start import Fork, Preload
from steadyvoice.workers import optional
from steadyvoice.workers.converters import converter
from steadyvoice.workers.engines import engine
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.text import patterns

_ADOPTION_POLL_S: Final = 0.0002
_MAX: Final = 65536
_QUIET_S: Final = 10.0
"""Without a request for so long all stages are started and warm, and have compiled what their texts need."""
_decode = msgspec.msgpack.Decoder(Fork).decode


def serve(fd: int) -> tuple[str, int] | None:
    """Fork a stage for each request. Return its name and socket in the stage; None when the daemon is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the daemon handles the terminal's Ctrl-C
    daemon = os.getppid()
    with socket.socket(fileno=fd) as sock:
        _preload(msgspec.msgpack.decode(sock.recv(_MAX), type=Preload), sock)
        while True:
            compile_patterns(sock)
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
    """Load what stages need; report each load and each failure, and ``Ready`` at the end."""

    def send(message: Loading | LeftOut | Ready) -> None:
        with contextlib.suppress(OSError):  # without the daemon the next recv ends this process
            sock.send(msgspec.msgpack.encode(message))

    optional.report_to(send)
    optional.exclude(wanted.left_out)
    waits = []
    engines = engine.usable(wanted.engines)
    for kind, loaded in (("engine", engines), ("converters", converter.usable(wanted.families))):
        for name, each in loaded.items():
            if (preload := getattr(each, "preload", None)) is not None and is_due(wanted, name, each):
                what = f"preload of {kind} {name}"
                waits.append((what, optional.attempt(what, preload)))  # a failure costs only shared memory
    _load_stages(wanted.stages)  # while models load without the GIL
    for what, wait in waits:
        if callable(wait):
            optional.attempt(what, wait)
    gc.collect()
    gc.freeze()  # a collection in a stage would copy the shared pages
    send(Ready(flows=engine.with_flow(engines)))


def is_due(wanted: Preload, name: str, each: Any) -> bool:
    """False for the models of an engine that may never speak: they would take memory, and time of the start."""
    if not getattr(each, "preloads_models", False) or name in wanted.models:
        return True
    voices = optional.attempt(f"voices of {name}", each.voices) or ()
    return any(voice.name in wanted.voices for voice in voices)


def _load_stages(names: Sequence[str]) -> None:
    for name in names:
        stage = importlib.import_module(f"steadyvoice.workers.stages.{name}")
        if (preload := getattr(stage, "preload", None)) is not None:
            preload()


def compile_patterns(sock: socket.socket, quiet_s: float = _QUIET_S) -> None:
    """Compile those of the text front end, for replacements, once the daemon has wanted nothing for quiet_s seconds."""
    while not select.select([sock], [], [], quiet_s)[0] and patterns.compile_next():
        quiet_s = 0


def _fork() -> int:
    """Return 0 in the stage, once the daemon has adopted it; in the forkserver the stage's process ID, or OSError."""
    read_end, write_end = os.pipe()
    with open(read_end, "rb", 0) as reading, open(write_end, "wb", 0) as writing:
        if between := os.fork():
            writing.close()
            answer = reading.read(32)
            os.waitpid(between, 0)
            if not answer:
                raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            return int(answer)
        between, pid = os.getpid(), -1
        try:
            if pid := os.fork():
                writing.write(b"%d" % pid)
        finally:
            if pid:
                os._exit(0)
    while os.getppid() == between:
        time.sleep(_ADOPTION_POLL_S)
    return 0


def _become(stage: Fork) -> None:
    _rename(stage.name)
    os.environ.update(stage.environment)
    if (torch := sys.modules.get("torch")) is not None:  # torch reads OMP_NUM_THREADS only when it is loaded
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def _rename(name: str) -> None:
    """Make ps(1) show the stage's arguments. arg_start and arg_end: proc_pid_stat(5)."""
    if not os.access("/proc/self/stat", os.R_OK):
        return
    with open("/proc/self/stat") as file:
        start, end = map(int, file.read().rpartition(")")[2].split()[45:47])
    size = end - start
    before, _, _ = ctypes.string_at(start, size).rpartition(b"forkserver\0")
    ctypes.memmove(start, (before + name.encode()).ljust(size, b"\0")[:size], size)
