"""StageProcess: a process that dies before it has received its assignment."""

import os
import signal
from types import SimpleNamespace
from typing import Literal

import pytest

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.forkserver import ForkServer
from steadyvoice.daemon.supervision.hang_detector import STOPPED
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.stage_process import StageProcess


class DeadAtBirth(ForkServer):
    """Creates processes that have ended already."""

    def __init__(self) -> None:
        self.pid, self.optionals = 0, Optionals()

    def start(self, name: str, fd: int, environment: dict[str, str]) -> int:
        self.pid = os.posix_spawn("/bin/true", ["true"], {})
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        return self.pid


@pytest.mark.parametrize("role", ["initial", "standby"])
def test_neither_descriptor_nor_zombie_is_left(role: Literal["initial", "standby"]) -> None:
    pipeline, forkserver = Pipeline(Config(), "dead-at-birth"), DeadAtBirth()
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="pipe"):
        StageProcess(pipeline.topology.output, pipeline, role, forkserver)
    assert os.listdir("/proc/self/fd") == before
    with pytest.raises(ChildProcessError):
        os.waitpid(forkserver.pid, os.WNOHANG)
    pipeline.close()


@pytest.mark.parametrize(("problem", "hung"), [(STOPPED, False), ("hung: nothing for 3 seconds", True)])
def test_a_process_that_was_stopped_from_outside_counts_as_killed(problem: str, hung: bool) -> None:
    """restart_policy.py never gives up on a stage that is only ever killed."""
    stage = SimpleNamespace(_killed_at=1.0, problem=problem, exit_status=-signal.SIGKILL, hung=hung)
    assert StageProcess.hung.__get__(stage) == hung
    assert StageProcess.was_killed.__get__(stage) == (not hung)
