"""Processes and the temporary directory of a benchmark; both are removed at its end."""

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
    """A process that the benchmark needs has failed."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A private directory, removed at the end. Inside, SIGTERM interrupts the benchmark like Ctrl-C, with cleanup."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="sv-bench-") as directory:
            yield Path(directory)
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Defer SIGINT and SIGTERM until the block ends."""
    received: list[int] = []
    before = {
        number: signal.signal(number, lambda n, _: received.append(n)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise KeyboardInterrupt


@contextmanager
def running(
    log: Path, module: str, *arguments: str, with_pipes: bool, env: Mapping[str, str] = _NO_ENV
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run ``python -m MODULE ARGUMENTS``; at the end send SIGTERM and wait.

    with_pipes: connect its standard input and output. env: added to this process's environment.
    """
    channel = subprocess.PIPE if with_pipes else subprocess.DEVNULL
    with log.open("w") as errors, ExitStack() as cleanup:
        with _signals_deferred():  # otherwise a process could start without being registered for cleanup
            process = subprocess.Popen(
                child.command(module, *arguments),
                bufsize=0,
                stdin=channel,
                stdout=channel,
                stderr=errors,
                # onnxruntime leaves a file in TMPDIR, a daemon leaves one in STATE_DIRECTORY after a stage crashed
                env=_environment() | dict.fromkeys(("TMPDIR", "STATE_DIRECTORY"), str(log.parent)) | dict(env),
                start_new_session=True,  # the terminal's Ctrl-C is the benchmark's to handle
            )
            cleanup.callback(_end, cleanup.enter_context(process))
        yield process


def _environment() -> dict[str, str]:
    """Modules have bytecode, as those of an installed package have: compiling them would double the time of a start."""
    return {key: value for key, value in child.environment().items() if key != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def forked(work: Callable[..., None], *arguments: object) -> Iterator[None]:
    """Run the work in a fork of this process, which has everything created so far; kill it at the end."""
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
    return lines[-1] if lines else "no output"


@contextmanager
def private_daemon(place: Path, settings: str = "", env: Mapping[str, str] = _NO_ENV) -> Iterator[Client]:
    """A client of a private daemon with this configuration, as soon as it answers; it may still be loading.

    BenchFailed if the daemon ends instead.
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
    """Run this many busy loops on each core, at normal priority."""
    with ExitStack() as cleanup:
        for core in sorted(os.sched_getaffinity(0)) * loops:
            cleanup.enter_context(
                running(place / "load.log", "steadyvoice.client.svctl.bench.hog", str(core), with_pipes=False)
            )
        yield


class Reference:
    """A process of ``steadyvoice.workers.reference``: one JSON object a line in each direction."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests, self._replies, self._log = process.stdin, process.stdout, log

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.send(request)
        return self.reply()

    def send(self, request: dict[str, Any]) -> None:
        with suppress(BrokenPipeError):  # the missing reply is reported instead
            self._requests.write(msgspec.json.encode(request) + b"\n")

    def reply(self) -> dict[str, Any]:
        line = self._replies.readline()
        if not line:
            raise BenchFailed(f"the reference has ended: {_last_log_line(self._log)}")
        return msgspec.json.decode(line, type=dict[str, Any])


class TextReference(Reference):
    """A warm process that does one thing with a text."""

    def call(self, text: str) -> float:
        """Return the milliseconds that the process took for the text."""
        return float(self.ask({"text": text})["ms"])


@contextmanager
def text_reference(place: Path, name: str, *arguments: str) -> Iterator[TextReference]:
    """name: of the module in ``steadyvoice.workers.reference``. BenchFailed if it cannot be loaded."""
    log = place / f"{name}.log"
    with running(log, f"steadyvoice.workers.reference.{name}", *arguments, with_pipes=True) as process:
        reference = TextReference(process, log)
        reference.reply()  # wait until it is warm
        yield reference


def default_voice(name: str) -> str:
    """The line of a configuration; name "" is the daemon's own default."""
    return f"voice = {msgspec.json.encode(name).decode()}\n" if name else ""


def engine_of(client: Client, voice: str) -> str:
    """BenchFailed unless the voice is installed."""
    found = next((each for each in client.voices() if each.name == voice and each.installed), None)
    if found is None:
        raise BenchFailed(f"there is no voice {voice!r} here; see svctl voices")
    return found.engine


def machine(client: Client) -> dict[str, object]:
    """The machine that a result depends on. policy: each stage's scheduler. Waits until the daemon is ready."""
    client.voices()
    stages = client.status()["stages"]
    return {**statistics.machine(), "policy": {stage["name"]: stage["policy"] for stage in stages}}
