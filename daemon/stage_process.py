"""One stage's process: spawned with its place, heard through its mail, watched through its pidfd."""

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Final, Literal

from steadyvoice.daemon.pipeline import NAMES, Pipeline
from steadyvoice.daemon.pulse import DEVICE_S, LOADS_S, Pulse
from steadyvoice.ipc.board import StageWords
from steadyvoice.ipc.mail import Ready, Scheduling
from steadyvoice.ipc.mailbox import SupervisorMail

_QUIET: Final = {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}
"""No library of a stage starts threads of its own on the stage's core, or tells anybody of it."""
_MODEL_THREADS: Final = 4
"""torch's, at most, and one for each core of the stage: more make a small model slower."""
_WELL_S: Final = 1.0
_DEATH_S: Final = 10.0


class StageProcess:
    def __init__(self, name: str, pipeline: Pipeline, role: Literal["first", "successor", "spare"]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        assignment = pipeline.assignment(name, role)
        settings = assignment.settings
        models = {
            "OMP_NUM_THREADS": str(min(_MODEL_THREADS, len(settings.cpus))),
            "STEADYVOICE_MODEL_DEVICE": settings.model_device,
        }
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "steadyvoice.workers", name, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # a client's stdout may be ours, with audio on it
                env={k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"} | _QUIET | models,
                pass_fds=[theirs.fileno(), *pipeline.inherited(assignment)],
            )
        self.name = name
        self.pid = self._popen.pid
        self.pidfd = os.pidfd_open(self.pid)
        self.mail = SupervisorMail(ours)
        self.mail.assign(assignment)
        if role != "spare":
            self.mail.send(pipeline.go(name))
        self.ready: Ready | None = None
        self.scheduling = Scheduling("", [], 0, False)
        self.problem = ""
        """What the stage said of its own failure before it ended, or why it had to be ended."""
        self._ready_at = self._killed_at = 0.0
        self._blocks = 0
        self.words: StageWords = pipeline.board.stage(NAMES.index(name))
        self._pulse = Pulse(self.pid, DEVICE_S if name == "output" else LOADS_S)

    def is_warm(self, ready: Ready) -> None:
        self.ready, self._ready_at, self._blocks = ready, time.monotonic(), self.words.blocks

    @property
    def was_well(self) -> bool:
        """It has done some work, or was at least there for a while to do some."""
        was_there = not self._killed_at and time.monotonic() - self._ready_at > _WELL_S
        return self.ready is not None and (self.has_worked or was_there)

    @property
    def was_killed(self) -> bool:
        return self._popen.returncode == -signal.SIGKILL and not self._killed_at

    @property
    def has_worked(self) -> bool:
        return self.words.blocks > self._blocks

    @property
    def defies_death(self) -> bool:
        """It hung, was killed, and is still there."""
        return bool(self._killed_at) and time.monotonic() - self._killed_at > _DEATH_S

    def end_if_hung(self) -> None:
        if not self._killed_at and (reason := self._pulse.hangs(self.words, self.ready is not None, self.has_worked)):
            self.problem, self._killed_at = reason, time.monotonic()
            self.kill()

    def terminate(self) -> None:
        self._popen.terminate()

    def kill(self) -> None:
        self._popen.kill()

    def reap(self, timeout: float | None = None) -> str | None:
        """Wait for the end; return how it came in words, or None where it has not come in time."""
        try:
            code = self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        if self.problem:
            return self.problem
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit status {code}"

    def close(self) -> None:
        os.close(self.pidfd)
        self.mail.socket.close()

    def rss_bytes(self) -> int:
        try:
            with open(f"/proc/{self.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0
