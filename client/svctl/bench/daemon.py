"""The processes that a benchmark starts, and the place where they run. Nothing of either outlives it."""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import msgspec

from steadyvoice.client.client import Client
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.svctl.bench import statistics
from steadyvoice.ipc import child
from steadyvoice.ipc.errors import SteadyvoiceError, UnusableSocketPath

_BOOT_S: Final = 60.0
_STOP_S: Final = 10.0
_PR_SET_PDEATHSIG: Final = 1
_NO_ENV: Final[Mapping[str, str]] = {}


class BenchFailed(SteadyvoiceError):
    """A process that the benchmark needs did not do its part."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A private directory, removed at the end. Inside, SIGTERM ends the benchmark as Ctrl-C does: tidily."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="sv-bench-") as directory:
            yield Path(directory)
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """SIGINT and SIGTERM wait until the block is over."""
    heard: list[int] = []
    before = {number: signal.signal(number, lambda n, _: heard.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        raise KeyboardInterrupt


@contextmanager
def running(
    log: Path, module: str, *arguments: str, with_pipes: bool, env: Mapping[str, str] = _NO_ENV
) -> Iterator["subprocess.Popen[bytes]"]:
    """``python -m MODULE ARGUMENTS``, ended by SIGTERM and waited for.

    talks: over its standard input and output. env: added to this process's.
    """
    channel = subprocess.PIPE if with_pipes else subprocess.DEVNULL
    with log.open("w") as errors, ExitStack() as cleanup:
        with _signals_deferred():  # else a process could start that nobody knows
            process = subprocess.Popen(
                child.command(module, *arguments),
                bufsize=0,
                stdin=channel,
                stdout=channel,
                stderr=errors,
                # onnxruntime leaves a file in the one, a daemon whose stages die in the other
                env={**child.environment(), **dict.fromkeys(("TMPDIR", "STATE_DIRECTORY"), str(log.parent)), **env},
                start_new_session=True,  # the terminal's Ctrl-C is the benchmark's to handle
            )
            cleanup.callback(_end, cleanup.enter_context(process))
        yield process


@contextmanager
def forked(work: Callable[..., None], *arguments: object) -> Iterator[None]:
    """A copy of this process does the work meanwhile, with all that was made before it; killed at the end."""
    process = get_context("fork").Process(target=_in_fork, args=(work, *arguments), daemon=True)
    with ExitStack() as cleanup:
        with _signals_deferred():
            process.start()
            cleanup.callback(_kill, process)
        yield


def _in_fork(work: Callable[..., None], *arguments: object) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the benchmark's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work(*arguments)


def _kill(process: BaseProcess) -> None:
    with _signals_deferred():
        process.kill()
        process.join()


def _end(process: "subprocess.Popen[bytes]") -> None:
    with _signals_deferred():
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_log_line(log: Path) -> str:
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines else "it said nothing"


@contextmanager
def private_daemon(place: Path, settings: str = "", env: Mapping[str, str] = _NO_ENV) -> Iterator[Client]:
    """A client of a daemon of its own, with these lines of configuration, as soon as it answers; it may still warm up.

    BenchFailed where the daemon ends instead.
    """
    socket, config, log = place / "svd.sock", place / "svd.toml", place / "svd.log"
    config.write_text(settings)
    arguments = ("steadyvoice.daemon", "--socket", str(socket), "--config", str(config))
    with running(log, *arguments, with_pipes=False, env=env) as process, _connect(socket, process, log) as client:
        yield client


def _connect(socket: Path, process: "subprocess.Popen[bytes]", log: Path) -> Client:
    deadline = time.monotonic() + _BOOT_S
    while True:
        try:
            return Client(socket)
        except UnusableSocketPath as error:
            raise BenchFailed(f"the benchmark's daemon does not answer: {error}") from error
        except DaemonUnreachable:
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchFailed(f"the benchmark's daemon does not answer: {_last_log_line(log)}") from None
        time.sleep(0.002)


@contextmanager
def load(place: Path, loops: int = 2) -> Iterator[None]:
    """So many busy loops on each core meanwhile, at ordinary priority."""
    with ExitStack() as cleanup:
        for core in sorted(os.sched_getaffinity(0)) * loops:
            cleanup.enter_context(
                running(place / "load.log", "steadyvoice.client.svctl.bench.hog", str(core), with_pipes=False)
            )
        yield


class Reference:
    """A process of ``steadyvoice.workers.reference``: a JSON object a line in, one out."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests, self._replies, self._log = process.stdin, process.stdout, log

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.send(request)
        return self.reply()

    def send(self, request: dict[str, Any]) -> None:
        with suppress(BrokenPipeError):  # the reply that does not come says more
            self._requests.write(msgspec.json.encode(request) + b"\n")

    def reply(self) -> dict[str, Any]:
        line = self._replies.readline()
        if not line:
            raise BenchFailed(f"the reference has ended: {_last_log_line(self._log)}")
        return msgspec.json.decode(line, type=dict[str, Any])


class Bare(Reference):
    """The bare model package in a warm process of its own (``steadyvoice.workers.reference.bare``)."""

    def call(self, text: str) -> float:
        """Speak the whole text; return the milliseconds that the package took for it."""
        return float(self.ask({"text": text})["ms"])


@contextmanager
def bare(place: Path) -> Iterator[Bare]:
    """BenchFailed where the package cannot be loaded."""
    log = place / "bare.log"
    with running(log, "steadyvoice.workers.reference.bare", with_pipes=True) as process:
        reference = Bare(process, log)
        reference.reply()  # it is warm
        yield reference


def machine(client: Client) -> dict[str, object]:
    """What a result depends on. policy: each stage's scheduler. Waits until the daemon is ready."""
    client.voices()
    stages: Any = client.status()["stages"]
    return {**statistics.machine(), "policy": {stage["name"]: stage["policy"] for stage in stages}}
