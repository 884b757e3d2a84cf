"""Causes of the end of a stage's process."""

import signal

import pytest

from steadyvoice.daemon.supervision.stage_stats import Cause, cause_of


@pytest.mark.parametrize(
    ("exit_status", "why", "cause"),
    [
        (-signal.SIGKILL, "", "killed"),
        (-signal.SIGTERM, "", "killed"),
        (-signal.SIGSEGV, "", "crashed"),
        (-signal.SIGABRT, "", "crashed"),
        (1, "", "exited"),
        (0, "", "exited"),
        (None, "", "exited"),
        (-signal.SIGKILL, "hung", "hung"),
        (-signal.SIGKILL, "stopped", "stopped"),
        (0, "reconfigured", "reconfigured"),
    ],
)
def test_cause(exit_status: int | None, why: str, cause: Cause) -> None:
    found = cause_of(exit_status, hung=why == "hung", stopped=why == "stopped", reconfigured=why == "reconfigured")
    assert found == cause
