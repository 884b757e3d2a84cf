"""The process that has a replica's daemon and gateway, and ends them with the replica.

It reads the replica's pipe: its end is the replica's, whichever thread started this process, and however it ended. It
writes one line of JSON, ``Sockets``, when both have been started.
"""

import argparse
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from steadyvoice.gateways.ray import place
from steadyvoice.gateways.ray.place import Place
from steadyvoice.ipc import child
from steadyvoice.ipc.errors import SteadyvoiceError, one_line

_PR_SET_PDEATHSIG: Final = 1
_STOP_S: Final = 10.0


class Sockets(msgspec.Struct, frozen=True):
    control: str
    """The daemon's."""
    http: str
    """The gateway's."""
    cpus: list[int]
    """Those of the daemon and of no other; empty: it has all, as others do."""


def main() -> NoReturn:
    """Until standard input ends, SIGTERM, or one of the two processes ends."""
    parser = argparse.ArgumentParser("steadyvoice.gateways.ray.keeper", allow_abbrev=False)
    parser.add_argument("--cores", type=int, default=0, help="CPUs of the daemon's own; 0: it shares all.")
    parser.add_argument("--config", default="", help="The daemon's configuration file.")
    given = parser.parse_args()
    woken = _signals()
    try:
        with place.claimed(given.cores) as own, ExitStack() as running:
            if own.cpus:
                os.sched_setaffinity(0, own.cpus)
            processes = _start(own, given.config, running)
            sockets = Sockets(str(_control(own)), str(_http(own)), own.cpus)
            sys.stdout.buffer.write(msgspec.json.encode(sockets) + b"\n")
            sys.stdout.buffer.flush()
            _wait(processes, woken)
    except SteadyvoiceError as error:
        print(f"svgate ray: {one_line(str(error))}", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)


def _control(own: Place) -> Path:
    return own.folder / "control.sock"


def _http(own: Place) -> Path:
    return own.folder / "http.sock"


def _start(own: Place, config: str, running: ExitStack) -> "list[subprocess.Popen[bytes]]":
    """The daemon, then its gateway; they are ended the other way round."""
    common = ["--socket", str(_control(own)), *(["--config", config] if config else [])]
    commands = [
        child.command("steadyvoice.daemon", *common),
        child.command("steadyvoice.gateways.cli", "http", "--no-autostart", f"--listen=unix:{_http(own)}", *common),
    ]
    environment = child.environment() | {"XDG_RUNTIME_DIR": str(own.folder)}
    processes = []
    for command in commands:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=partial(_end_with_parent, os.getpid()),  # this process has no other thread
        )
        running.callback(_end, process)
        processes.append(process)
    return processes


def _end_with_parent(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _signals() -> int:
    """A descriptor that has a byte for each SIGTERM, and for each process that ends."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the replica's
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return woken


def _wait(processes: "Sequence[subprocess.Popen[bytes]]", woken: int) -> None:
    while all(process.poll() is None for process in processes):
        readable, _, _ = select.select([0, woken], [], [])
        if 0 in readable and not _read(0):
            return
        if woken in readable and signal.SIGTERM in _read(woken):
            return


def _read(descriptor: int) -> bytes:
    with suppress(OSError):
        return os.read(descriptor, 4096)
    return b""


if __name__ == "__main__":
    main()
