"""How many replicas there should be, and how busy one is. Pure."""

from typing import Any, cast

import pytest

from steadyvoice.gateways.ray.own_daemon import busiest
from steadyvoice.gateways.ray.policy import wanted
from steadyvoice.ipc.daemon_status import DaemonStatus


@pytest.mark.parametrize(
    ("replicas", "busy", "expected"),
    [
        (1, [0.0], 1),
        (1, [0.6], 1),  # as busy as it should be
        (1, [0.61], 2),
        (1, [0.95], 2),
        (2, [0.9, 0.1], 2),  # the next streams go to the second one
        (2, [0.9, 0.9], 3),
        (4, [0.1, 0.1, 0.1, 0.1], 1),
        (4, [0.95] * 4, 7),
        (8, [1.0] * 8, 8),  # as many as may be
        (3, [0.9], 4),  # two have not reported yet
        (3, [], 3),
        (0, [], 1),
    ],
)
def test_replicas_are_so_many_that_each_is_as_busy_as_it_should_be(
    replicas: int, busy: list[float], expected: int
) -> None:
    assert wanted(replicas, busy, 1, 8) == expected


def status(uptime_s: float, **stages: tuple[int, float]) -> DaemonStatus:
    """stages: pid and busy_s by name."""
    known: dict[str, Any] = {
        "uptime_s": uptime_s,
        "stages": [{"name": name, "pid": pid, "busy_s": busy_s} for name, (pid, busy_s) in stages.items()],
    }
    return cast(DaemonStatus, known)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (status(12.0, generator=(1, 4.5), vocoder=(2, 1.2)), 0.75),
        (status(12.0, generator=(1, 3.1), vocoder=(2, 2.0)), 0.5),
        (status(12.0, generator=(7, 0.4), vocoder=(2, 1.0)), 0.2),  # replaced meanwhile
        (status(12.0, generator=(0, 0.0), vocoder=(2, 1.0)), 0.0),  # not started
        (status(12.0, generator=(1, 9.0), vocoder=(2, 1.0)), 1.0),
        (status(10.0, generator=(1, 3.0), vocoder=(2, 1.0)), 0.0),
        (status(12.0), 0.0),
    ],
)
def test_a_daemon_is_as_busy_as_its_busiest_stage(now: DaemonStatus, expected: float) -> None:
    assert busiest(status(10.0, generator=(1, 3.0), vocoder=(2, 1.0)), now) == pytest.approx(expected)
