"""Whether the HTTP gateway tells a load balancer to send it another stream."""

from typing import Any, cast

import pytest

from steadyvoice.gateways.http.health import problem
from steadyvoice.ipc.daemon_status import DaemonStatus


def status(ready: bool, active: int, why: str = "") -> DaemonStatus:
    known: dict[str, Any] = {
        "ready": ready, "problem": why, "limits": {"streams": 2, "text_chars": 9}, "utterances": {"active": active},
    }  # fmt: skip
    return cast(DaemonStatus, known)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (status(True, 0), None),
        (status(True, 1), None),
        (status(True, 2), "full"),
        (status(True, 3), "full"),
        (status(False, 0), "not_ready"),
        (status(False, 2, "no voice"), "not_ready"),
    ],
)
def test_a_daemon_gets_a_stream_while_it_is_ready_and_has_one_free(now: DaemonStatus, code: str | None) -> None:
    refused = problem(now)
    assert (refused.code if refused else None) == code
    assert refused is None or (refused.status, refused.retry) == (503, True)


def test_the_reason_is_the_daemons() -> None:
    assert str(problem(status(False, 0, "no voice"))) == "no voice"
