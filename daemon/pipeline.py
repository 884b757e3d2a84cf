"""The shared memory of all stages, and what each of them gets of it."""

import time
from collections.abc import Iterable

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.stage_settings import settings_of
from steadyvoice.daemon.topology import LinkSpec, StageSpec, Topology, of_lines
from steadyvoice.ipc import playback_history, ring, shared_state
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.ring import Producer, Ring
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import Go
from steadyvoice.ipc.stage_start import Assignment, Link, Role


class Pipeline:
    """Owned by the supervisor, so that the replacement of a dead stage finds it unchanged.

    More than 12 methods: the supervisor's questions about one stage, each answered from the same table of rings.
    """

    def __init__(self, config: Config, instance: str) -> None:
        """instance: unique among the daemons that run. OSError or notifier.Error where memory or semaphores are short.

        Semaphores have names for a moment only; those that a killed daemon left are removed by the next start of the
        same instance.
        """
        self.topology = topology_of(config)
        self._fds: list[int] = []
        try:
            self.shared_fd = self._own(shared_state.create())
            self._history_fd = self._own(playback_history.create())
            self._ring_fds = {link: self._own(_create(link, self.topology)) for link in self.topology.links}
            self._notifiers = [SemaphoreNotifier(name=f"/steadyvoice-{instance}") for _ in self.topology.stages]
        except BaseException:
            self.close()
            raise
        self.shared = SharedState(self.shared_fd)
        self.rings = {link: Ring(fd) for link, fd in self._ring_fds.items()}
        self.text_space = EventNotifier()
        """Notified by a generator when it has consumed text, so that its ring has space again."""
        self.text = {
            link.target: Producer(self._ring_fds[link], self._notifiers[link.target])
            for link in self.topology.links
            if link.source is None
        }
        """By the number of the stage that gets the text."""
        self._settings = settings_of(config, self.topology)
        self._died_ns = [0] * len(self.topology.stages)

    def configure(self, config: Config) -> set[int]:
        """Use these settings for later processes; return the numbers of the stages with changed settings."""
        before, self._settings = self._settings, settings_of(config, self.topology)
        return {number for number, settings in self._settings.items() if settings != before[number]}

    def _own(self, fd: int) -> int:
        self._fds.append(fd)
        return fd

    def assignment(self, stage: StageSpec, role: Role, left_out: Iterable[str] = ()) -> Assignment:
        """The first message to a process of the stage. left_out: optional items that it must not load."""
        return Assignment(
            name=stage.name,
            number=stage.number,
            shared=self.shared_fd,
            history=self._history_fd,
            notifier=self._notifiers[stage.number].fd,
            sources=[self._link(link, link.source) for link in self._inputs(stage)],
            targets=[self._link(link, link.target) for link in self._outputs(stage)],
            settings=msgspec.structs.replace(self._settings[stage.number], left_out=tuple(left_out)),
            role=role,
        )

    def _link(self, link: LinkSpec, other: int | None) -> Link:
        notifier = self.text_space.fd if other is None else self._notifiers[other].fd
        return Link(other, link.device_lane, self._ring_fds[link], notifier)

    def _inputs(self, stage: StageSpec) -> list[LinkSpec]:
        return [link for link in self.topology.links if link.target == stage.number]

    def _outputs(self, stage: StageSpec) -> list[LinkSpec]:
        return [link for link in self.topology.links if link.source == stage.number]

    def go(self, stage: StageSpec) -> Go:
        """The message that makes a process the one that holds the stage's ends of the rings."""
        sources = [self.rings[link].generations[1] for link in self._inputs(stage)]
        targets = [self.rings[link].generations[0] for link in self._outputs(stage)]
        return Go(sources, targets, self._died_ns[stage.number])

    def fence_stage(self, stage: StageSpec) -> tuple[int, int, int]:
        """Exclude the dead process of the stage from its rings; return its current block (StageState.current_block)."""
        state = self.shared.stage(stage.number)
        current_block = state.current_block
        state.begin_block(0)  # a replacement that dies before its first block must not be charged with this one
        for link in self._inputs(stage):
            self.rings[link].fence_consumer()
        for link in self._outputs(stage):
            self.rings[link].fence_producer()
        self._died_ns[stage.number] = time.monotonic_ns()
        return current_block

    def oldest_slot(self, stage: StageSpec, utterance: int) -> bytes:
        """A copy of the slot of the utterance that the stage reads next; empty where there is none."""
        oldest = (self.rings[link].oldest(utterance) for link in self._inputs(stage))
        return next(filter(None, oldest), b"")

    @property
    def device_lanes_behind(self) -> frozenset[int]:
        """Lanes of the sound device with a ring in which many blocks of a cancelled utterance wait to be dropped."""
        rings = {link.device_lane: self.rings[link] for link in self._inputs(self.topology.output)}
        return frozenset(lane for lane, each in rings.items() if each.fill > each.size // 2)

    def wake(self, *numbers: int) -> None:
        """Notify these stages, or all."""
        for number in numbers or range(len(self._notifiers)):
            self._notifiers[number].notify()

    def close(self) -> None:
        close_all(self._fds)
        self._fds.clear()


def topology_of(config: Config) -> Topology:
    return of_lines(config.engines, config.converters)


def _create(link: LinkSpec, topology: Topology) -> int:
    return ring.create(topology.stages[link.target].name, link.slots, link.payload_bytes)
