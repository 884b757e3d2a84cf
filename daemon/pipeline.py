"""The order of the stages, and what lies between each pair."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.ipc import cores as machine
from steadyvoice.ipc import paths, playback_history, ring, shared_state
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.ring import Producer, Ring
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import Assignment, Go, StageSettings


@dataclass(frozen=True)
class Place:
    """A stage, with the ring it reads from."""

    name: str
    slots: int
    payload_bytes: int
    priority: int
    """SCHED_FIFO, where real time is allowed: the nearer to the ear the higher. Not for a stage that runs models: they
    compute for long stretches and would starve the others."""


# The rings after the vocoder hold twice what may be made ahead, so that no stage ever waits for the listener.
PLACES: Final = (
    Place("generator", 64, 4096, 0),  # text
    Place("vocoder", 16, 16 * 3006 * 4, 20),  # frames; 16 of the widest engine a slot
    Place("converter", 64, 4096 * 4, 30),  # PCM at the voice's rate
    Place("output", 2048, 4096 * 4 // 8, 40),  # PCM at the device's rate, 512 samples a slot
)
NAMES: Final = tuple(place.name for place in PLACES)


def cores(
    mode: str, available: list[int], siblings: Callable[[int], set[int]], models: tuple[str, ...]
) -> dict[str, list[int]]:
    """Which cores each stage may use. siblings: all threads of the same physical core, itself too.

    models: the stages that compute for long stretches. What must be on time gets a core each, from the end, as
    interrupts go to the first, or shares what there is. The models share out all that is left, and move to where
    nobody else computes; where there are two cores for two of them, one shares its own with what must be on time.
    """
    physical = sorted({tuple(sorted(siblings(core) & set(available))) for core in available})
    if len(physical) == 1:
        physical = [(core,) for core in available]  # two threads of one core still run at the same time
    if mode == "off" or len(physical) == 1:
        return dict.fromkeys(NAMES, available)
    timely = [name for name in NAMES if name not in models]
    ends = physical[-min(len(timely), max(1, len(physical) - len(models))) :]
    if len(physical) == 2:
        ends = physical[:1]
    left = [group for group in physical if group not in ends]
    if len(left) < len(models):
        left = physical
    share = len(left) // len(models)
    own = {name: [group[0]] for name, group in zip(reversed(timely), reversed(ends), strict=False)}
    for at, name in enumerate(models):
        groups = left[at * share :] if name == models[-1] else left[at * share : (at + 1) * share]
        own[name] = [core for group in groups for core in group]
    return {name: own.get(name, [ends[0][0]]) for name in NAMES}


def shared_cpus(stage: str, places: dict[str, list[int]]) -> tuple[int, ...]:
    """Cores of another stage that this one may use too, while they are idle.

    The converter may have the generator's where it has but one: converting costs several times as much as generating.
    """
    if stage != "converter" or len(places[stage]) > 1:
        return ()
    return tuple(core for core in places["generator"] if core not in places[stage])


def _siblings(core: int) -> set[int]:
    """From the kernel's list, such as 0,8 or 0-1; the core alone where there is none."""
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return {core}
    ranges = [part.split("-") for part in text.strip().split(",")]
    return {number for ends in ranges for number in range(int(ends[0]), int(ends[-1]) + 1)}


class Pipeline:
    """Rings, bells, board and tape: what a stage that dies leaves to its successor."""

    def __init__(self, config: Config, instance: str) -> None:
        """instance: no two that run at the same time are alike. OSError or doorbell.Error where there is no memory."""
        self._fds: list[int] = []
        try:
            self.shared_fd = self._own(shared_state.create())
            self._history_fd = self._own(playback_history.create())
            self._ring_fds = [self._own(ring.create(p.name, p.slots, p.payload_bytes)) for p in PLACES]
            self._notifiers = {name: SemaphoreNotifier(name=f"/steadyvoice-{instance}") for name in NAMES}
        except BaseException:
            self.close()
            raise
        self.shared = SharedState(self.shared_fd)
        self.rings = [Ring(fd) for fd in self._ring_fds]
        self.room = EventNotifier()
        """Rung when the generator has taken text."""
        self.text = Producer(self._ring_fds[0], self._notifiers["generator"])
        self._settings = self._make_settings(config)
        self._died_ns = dict.fromkeys(NAMES, 0)

    def configure(self, config: Config) -> set[str]:
        """Stages are made by this from now on; return the names of those that would be made otherwise."""
        before, self._settings = self._settings, self._make_settings(config)
        return {name for name in NAMES if self._settings[name] != before[name]}

    def _own(self, fd: int) -> int:
        self._fds.append(fd)
        return fd

    def _make_settings(self, config: Config) -> dict[str, StageSettings]:
        models = ("generator", "converter") if paths.added("converters") else ("generator",)
        places = cores(config.realtime.mode, machine.available(), _siblings, models)
        return {
            place.name: StageSettings(
                engines=list(config.engines),
                families=list(config.converters),
                device=config.audio.device,
                block=config.audio.block,
                latency_ms=config.audio.latency_ms,
                device_timeout_s=config.audio.device_timeout_s,
                lookahead_s=config.lookahead_s,
                incomplete_sentence_timeout_s=config.incomplete_sentence_timeout_s,
                cpus=places[place.name],
                priority=place.priority if config.realtime.mode == "auto" and place.name not in models else 0,
                memory_mib=config.limits.stage_mib,
                model_device=config.models.device,
                shared_cpus=shared_cpus(place.name, places),
            )
            for place in PLACES
        }

    def assignment(
        self, name: str, role: Literal["initial", "replacement", "standby"], left_out: Iterable[str] = ()
    ) -> Assignment:
        at = NAMES.index(name)
        after = NAMES[at + 1] if at + 1 < len(NAMES) else None
        return Assignment(
            name=name,
            index=at,
            shared=self.shared_fd,
            history=self._history_fd,
            notifier=self._notifiers[name].fd,
            source=self._ring_fds[at],
            source_notifier=self._notifiers[NAMES[at - 1]].fd if at else self.room.fd,
            target=self._ring_fds[at + 1] if after else None,
            target_notifier=self._notifiers[after].fd if after else None,
            settings=msgspec.structs.replace(self._settings[name], left_out=tuple(left_out)),
            role=role,
        )

    def go(self, name: str) -> Go:
        """For who has the place now."""
        at = NAMES.index(name)
        target = self.rings[at + 1].generations[0] if at + 1 < len(NAMES) else 0
        return Go(self.rings[at].generations[1], target, self._died_ns[name])

    def fence_stage(self, name: str) -> tuple[int, int, int]:
        """The stage's process is dead: its ends of the rings are its successor's. Return what it had at hand."""
        at = NAMES.index(name)
        words = self.shared.stage(at)
        current_block = words.current_block
        words.begin_block(0)  # who dies before it takes it up has not died of it
        self.rings[at].fence_consumer()
        if at + 1 < len(NAMES):
            self.rings[at + 1].fence_producer()
        self._died_ns[name] = time.monotonic_ns()
        return current_block

    @property
    def device_is_behind(self) -> bool:
        """More waits before the output than may be made for it: cancelled, behind what plays or is paused."""
        return self.rings[-1].fill > self.rings[-1].size // 2

    def wake(self, *names: str) -> None:
        for name in names or NAMES:
            self._notifiers[name].notify()

    def close(self) -> None:
        close_all(self._fds)
        self._fds.clear()
