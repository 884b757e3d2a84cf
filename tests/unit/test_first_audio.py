"""The generator's scheduling, by what it does next."""

import time

import pytest

from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.first_audio import FirstAudioPriority

FIRST, LATER, SLEEP = "first", "later", "sleep"


class Kernel:
    """Records the policy of the thread; grants SCHED_FIFO or refuses it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, grants: bool = True) -> None:
        self.policy, self.grants, self.asked, self.naps = "other", grants, 0, 0
        monkeypatch.setattr(realtime, "become_fifo", self._become_fifo)
        monkeypatch.setattr(realtime, "become_ordinary", self._become_ordinary)
        monkeypatch.setattr(time, "sleep", self._sleep)

    def _become_fifo(self, priority: int) -> bool:
        self.asked += 1
        self.policy = f"fifo {priority}" if self.grants else "other"
        return self.grants

    def _become_ordinary(self) -> None:
        self.policy = "other"

    def _sleep(self, seconds: float) -> None:
        assert self.policy.startswith("fifo"), "only a sleep under SCHED_FIFO restarts the kernel's count"
        self.naps += 1


def follow(stage: FirstAudioPriority, step: str) -> None:
    if step == SLEEP:
        stage.sleeping()
    else:
        stage.working(first=step == FIRST)


@pytest.mark.parametrize(
    ("steps", "policy", "naps"),
    [
        ([], "other", 0),
        ([SLEEP], "fifo 15", 0),
        ([SLEEP, FIRST], "fifo 15", 0),
        ([SLEEP, LATER], "other", 0),
        ([SLEEP, FIRST, LATER], "other", 1),
        ([SLEEP, FIRST, SLEEP], "fifo 15", 1),
        ([SLEEP, FIRST, LATER, FIRST], "fifo 15", 1),
        ([SLEEP, FIRST, LATER, LATER, FIRST, LATER], "other", 2),
        ([FIRST, FIRST, FIRST, LATER], "other", 1),
    ],
)
def test_policy(monkeypatch: pytest.MonkeyPatch, steps: list[str], policy: str, naps: int) -> None:
    kernel, stage = Kernel(monkeypatch), FirstAudioPriority(15)
    for step in steps:
        follow(stage, step)
    assert (kernel.policy, kernel.naps) == (policy, naps)


@pytest.mark.parametrize("priority", [0, 15])
def test_without_the_right_it_is_asked_for_once_at_most(monkeypatch: pytest.MonkeyPatch, priority: int) -> None:
    kernel, stage = Kernel(monkeypatch, grants=False), FirstAudioPriority(priority)
    for step in [SLEEP, FIRST, LATER, SLEEP, FIRST]:
        follow(stage, step)
        assert kernel.policy == "other"
    assert (kernel.asked, kernel.naps) == (min(1, priority), 0)


def test_first_frames_that_take_long_end_the_privilege(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, stage = Kernel(monkeypatch), FirstAudioPriority(15)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stage.working(first=True)
    now += 0.3
    stage.working(first=False)
    assert kernel.policy == "other"
    stage.sleeping()
    assert (kernel.policy, kernel.naps) == ("other", 0)
