"""A real daemon of a test's own, and what a test asks of the system around it."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from steadyvoice.client import Client, DaemonUnreachable
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.installing import install_command

BIN = Path(sys.executable).parent

T = TypeVar("T")


def eventually(look: Callable[[], T], seconds: float = 30.0) -> T:
    """Repeat ``look`` until its result is true; AssertionError with the last result after ``seconds``."""
    began = time.monotonic()
    while not (seen := look()):
        waited = time.monotonic() - began
        assert waited < seconds, f"still {seen!r} after {seconds} s"
        time.sleep(min(max(0.01, waited / 200), 0.05))  # a question computes, which slows down what it waits for
    return seen


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def idle(status: DaemonStatus) -> bool:
    """Nothing is playing and nothing is queued."""
    counts = status["utterances"]
    return counts["active"] == counts["queued"] == 0


@dataclass
class Daemon:
    """A daemon of this test's own, with its own runtime directory, home and socket."""

    env: dict[str, str]
    args: list[str] = field(default_factory=list)
    command: list[str | Path] = field(default_factory=lambda: [BIN / "svd"])
    process: "subprocess.Popen[str]" = field(init=False)

    @property
    def socket(self) -> Path:
        return Path(self.env["XDG_RUNTIME_DIR"], "steadyvoice", "control.sock")

    @property
    def log(self) -> str:
        return Path(self.env["XDG_RUNTIME_DIR"], "svd.test.log").read_text()

    def start(self) -> "Daemon":
        with open(Path(self.env["XDG_RUNTIME_DIR"], "svd.test.log"), "a") as log:
            self.process = subprocess.Popen([*self.command, *self.args], env=self.env, stderr=log, text=True)
        return self

    def names_in_shm(self) -> list[str]:
        """Semaphores of this daemon that still have a name."""
        instance = hashlib.sha256(str(self.socket).encode()).hexdigest()[:12]
        return [name for name in os.listdir("/dev/shm") if instance in name]

    def client(self) -> Client:
        return Client(self.socket)

    def status(self) -> DaemonStatus:
        with self.client() as client:
            return client.status()

    def answers(self) -> bool:
        try:
            return bool(self.status())
        except DaemonUnreachable:
            return False

    def ready(self) -> "Daemon":
        def look() -> bool:
            assert self.process.poll() is None, self.log
            try:
                return self.status()["ready"]
            except DaemonUnreachable:
                return False

        eventually(look, 60)
        return self

    def pids(self, engine: str = "") -> dict[str, int]:
        """Of the engine's line, or else the first line, of the last converter and the output."""
        pids: dict[str, int] = {}
        for stage in self.status()["stages"]:
            if not stage["family"] and (not engine or stage["engine"] in ("", engine)):
                pids.setdefault(stage["name"], stage["pid"])
        return pids

    @overload
    def svctl(
        self, *args: str | Path, text: Literal[True] = True, input: str | None = None, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]": ...
    @overload
    def svctl(
        self, *args: str | Path, text: Literal[False], input: bytes | None = None, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[bytes]": ...
    def svctl(
        self, *args: str | Path, text: bool = True, input: str | bytes | None = None, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[Any]":
        """Run a command of svctl, without an input if there is none given. text: output as str instead of bytes."""
        command = [BIN / "svctl", "--no-autostart", *args]
        stdin = subprocess.DEVNULL if input is None else None
        return subprocess.run(
            command, env=self.env, timeout=100, capture_output=True, text=text, stdin=stdin, input=input, cwd=cwd
        )

    def stop(self) -> int:
        """Send SIGTERM; return the exit status. Nothing of the daemon may be left."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def user_env(home: Path, cache: Path, **more: str) -> dict[str, str]:
    """The environment of a separate user, which shares nothing with that of the user that runs the tests.

    Compiled Python files are kept, so that later programs start faster.
    """
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    others = ("XDG_", "PULSE_", "STEADYVOICE_", "NOTIFY_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "XDG_CACHE_HOME": str(cache)}
    if "PYTHONPATH" in kept and "PYTHONPATH" in more:
        more["PYTHONPATH"] += os.pathsep + kept["PYTHONPATH"]  # else another copy of this package is tried
    return kept | own | more


def first_on_path(folder: Path) -> str:
    """PYTHONPATH with this folder first."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH", "")])])


def command_tail(extra: str) -> str:
    """The command that installs an extra, without the path of its Python, of which one installation has several."""
    return install_command(extra).partition(" ")[2]


@contextmanager
def configured(home: Path, cache: Path, configuration: str, **more: str) -> Iterator[Daemon]:
    """A ready daemon with these lines of configuration; it must stop cleanly at the end."""
    file = home / "config.toml"
    file.write_text(configuration)
    daemon = Daemon(user_env(home, cache, **more), ["--config", str(file)]).start().ready()
    try:
        yield daemon
    finally:
        status = daemon.stop()
    assert status == 0, daemon.log
