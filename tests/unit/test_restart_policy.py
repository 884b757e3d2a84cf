"""RestartPolicy: restart at once, restart after a delay, or give up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.supervision.restart_policy import (
    BACKOFF_S,
    MAX_FAILED_STARTS,
    SHORTAGE_S,
    Decision,
    GiveUp,
    RestartAfter,
    RestartNow,
    RestartPolicy,
)

STABLE: dict[str, Any] = {"stable": True}
UNSTABLE: dict[str, Any] = {"stable": False}
KILLED: dict[str, Any] = {"stable": False, "killed": True}
LEFT_OUT: dict[str, Any] = {"stable": False, "left_out": True}
RECONFIGURED: dict[str, Any] = {"stable": False, "reconfigured": True}


def after(*deaths: dict[str, Any], now: float = 0.0) -> Decision:
    policy = RestartPolicy()
    for death in deaths:
        policy.record_death(0.0, **death)
    return policy.decide(now)


@pytest.mark.parametrize(
    ("deaths", "decision"),
    [
        ([STABLE], RestartNow()),
        ([UNSTABLE], RestartNow()),
        ([UNSTABLE] * 2, RestartAfter(0.1)),
        ([UNSTABLE] * 3, RestartAfter(0.2)),
        ([UNSTABLE] * 4, RestartAfter(0.4)),
        ([UNSTABLE] * 5, GiveUp(None)),
        ([UNSTABLE] * 4 + [STABLE], RestartNow()),
        ([UNSTABLE] * 4 + [STABLE] + [UNSTABLE] * 2, RestartAfter(0.1)),
        ([KILLED] * 100, RestartAfter(0.4)),
        ([KILLED] * 100 + [UNSTABLE], GiveUp(None)),
        ([UNSTABLE] * 4 + [LEFT_OUT], RestartNow()),
        ([LEFT_OUT] * 100, RestartNow()),
        ([UNSTABLE] * 3 + [RECONFIGURED], RestartNow()),
        ([UNSTABLE] * 4 + [RECONFIGURED], GiveUp(None)),
    ],
)
def test_decision_after_deaths(deaths: list[dict[str, Any]], decision: Decision) -> None:
    assert after(*deaths) == decision


@pytest.mark.parametrize(("now", "decision"), [(0.15, RestartAfter(0.25)), (0.4, RestartNow()), (9, RestartNow())])
def test_delay_counts_from_the_death(now: float, decision: Decision) -> None:
    assert after(*[UNSTABLE] * 4, now=now) == decision


def test_failed_starts_wait_for_resources() -> None:
    policy = RestartPolicy()
    for _ in range(MAX_FAILED_STARTS - 1):
        policy.record_failed_start(10.0)
        assert policy.decide(10.0) == RestartAfter(SHORTAGE_S)
    policy.record_failed_start(10.0)
    assert policy.decide(10.0) == GiveUp(None)


def test_one_start_after_giving_up() -> None:
    policy = RestartPolicy(retry_s=30.0)
    for _ in range(MAX_FAILED_STARTS):
        policy.record_death(0.0, **UNSTABLE)
    assert policy.decide(1.0) == GiveUp(30.0)
    policy.allow_one_start()
    assert policy.decide(1.0) == RestartNow()
    policy.record_death(40.0, **UNSTABLE)
    assert policy.decide(40.0) == GiveUp(30.0)
    policy.allow_one_start()
    policy.record_death(80.0, **STABLE)
    assert policy.decide(80.0) == RestartNow()


def test_reset_forgets_the_past() -> None:
    policy = RestartPolicy()
    for _ in range(MAX_FAILED_STARTS):
        policy.record_failed_start(0.0)
    policy.reset()
    assert policy.decide(0.0) == RestartNow()


deaths = st.fixed_dictionaries({name: st.booleans() for name in ("stable", "killed", "left_out", "reconfigured")})
moments = st.floats(0, 1e6)


@given(st.lists(st.tuples(moments, deaths | st.none())))
def test_any_history(history: list[tuple[float, dict[str, bool] | None]]) -> None:
    policy, consecutive = RestartPolicy(), 0
    for at, death in sorted(history, key=lambda event: event[0]):
        if death is None:
            policy.record_failed_start(at)
        else:
            policy.record_death(at, **death)
        is_success = death is not None and (death["stable"] or death["left_out"])
        consecutive = 0 if is_success else consecutive + 1
        decision = policy.decide(at)
        assert decision == policy.decide(at), "deciding changes nothing"
        assert policy.failed_starts <= consecutive
        match decision:
            case GiveUp():
                assert consecutive >= MAX_FAILED_STARTS
                assert not (death and death["killed"]), "a kill from outside never is the last failed start"
                return
            case RestartAfter(delay_s):
                assert 0 < delay_s <= max(SHORTAGE_S, BACKOFF_S * 2**MAX_FAILED_STARTS) + 1e-6
                assert policy.decide(at + 2 * SHORTAGE_S) == RestartNow(), "the delay ends"
            case RestartNow():
                assert death is not None, "after a shortage there is a delay"


@given(st.integers(0, 20))
def test_unstable_deaths_always_end(earlier_kills: int) -> None:
    policy = RestartPolicy()
    for _ in range(earlier_kills):
        policy.record_death(0.0, **KILLED)
    for _ in range(MAX_FAILED_STARTS):
        policy.record_death(0.0, **UNSTABLE)
    assert isinstance(policy.decide(0.0), GiveUp)
