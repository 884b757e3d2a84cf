"""The shared memory of all stages, and what each of them gets of it."""

import os
import time
from collections.abc import Iterable

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.stage_settings import settings_of
from steadyvoice.daemon.topology import SHARED, LinkSpec, StageSpec, Topology
from steadyvoice.ipc import flight_recorder, ring, sample_history, shared_state, stage_metrics
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.ring import Producer, Ring
from steadyvoice.ipc.sample_history import SampleHistory
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_metrics import MetricsBlock
from steadyvoice.ipc.stage_protocol import Go
from steadyvoice.ipc.stage_start import Assignment, Link, Links, Role


class Pipeline:
    """Owned by the supervisor, so that the replacement of a dead stage finds it unchanged.

    More than 12 methods: the supervisor's questions about one stage, each answered from the same table of rings.
    """

    def __init__(self, config: Config, instance: str) -> None:
        """instance: unique among the daemons that run. OSError or notifier.Error where memory or semaphores are short.

        Semaphores have names for a moment only; those that a killed daemon left are removed by the next start of the
        same instance.
        """
        self._config, self._instance = config, instance
        self._fds: list[int] = []
        self._ring_fds: dict[LinkSpec, int] = {}
        self.rings: dict[LinkSpec, Ring] = {}
        self.text: dict[int, Producer] = {}
        """By the number of the stage that gets the text."""
        self._notifiers: dict[int, SemaphoreNotifier] = {}
        self._died_ns: dict[int, int] = {}
        self.topology = Topology(())
        try:
            self._fds = [shared_state.create(), *map(sample_history.create, ("playback", "capture"))]
            self._fds += [stage_metrics.create(), flight_recorder.create()]
            self.shared = SharedState(self._fds[0])
            self.captured = SampleHistory(self._fds[2])
            self.metrics = MetricsBlock(self._fds[3])
            self.recorded = flight_recorder.Reader(self._fds[4])
            self.text_space = EventNotifier()
            """Notified by a generator when it has consumed text, so that its ring has space again."""
            self.change(SHARED)
        except BaseException:
            self.close()
            raise

    def change(self, topology: Topology) -> None:
        """Make the memory of new stages and rings, and release that of the ones that are gone; none if one cannot be
        made: OSError, notifier.Error.

        The processes of stages that are gone must have ended. Others learn of the change by ``links``.
        """
        new = [stage for stage in topology.stages if stage.number not in self.topology.by_number]
        made_rings: dict[LinkSpec, int] = {}
        try:
            waiting = [stage.number for stage in new if stage.name != "catalogue"]
            made = {number: SemaphoreNotifier(name=f"/steadyvoice-{self._instance}") for number in waiting}
            for link in topology.links - self.topology.links:
                made_rings[link] = ring.create(topology.by_number[link.target].name, link.slots, link.payload_bytes)
        except BaseException:
            close_all(made_rings.values())
            raise
        for stage in new:
            self.shared.clear_stage(stage.number)
            self.metrics.clear(stage.number)
            self._died_ns[stage.number] = 0
        for link in self.topology.links - topology.links:
            del self.rings[link]
            self.text.pop(link.target if link.source is None else -1, None)
            os.close(self._ring_fds.pop(link))
        for number in self.topology.by_number.keys() - topology.by_number.keys():
            del self._notifiers[number], self._died_ns[number]
        self._notifiers |= made
        for link, fd in made_rings.items():
            self._ring_fds[link], self.rings[link] = fd, Ring(fd)
            if link.source is None:
                self.text[link.target] = Producer(fd, self._notifiers[link.target])
        self.topology = topology
        self._settings = settings_of(self._config, topology)

    def configure(self, config: Config) -> set[int]:
        """Use these settings for later processes; return the numbers of the stages with changed settings."""
        before, self._config = self._settings, config
        self._settings = settings_of(config, self.topology)
        return {number for number, settings in self._settings.items() if settings != before[number]}

    def assignment(self, stage: StageSpec, role: Role, left_out: Iterable[str] = ()) -> Assignment:
        """The first message to a process of the stage. left_out: optional items that it must not load."""
        return Assignment(
            name=stage.name,
            number=stage.number,
            shared=self._fds[0],
            playback=self._fds[1],
            capture=self._fds[2],
            metrics=self._fds[3],
            recorder=self._fds[4],
            notifier=self._notifiers.get(stage.number, self._notifiers[self.topology.output.number]).fd,
            links=self.links(stage),
            settings=msgspec.structs.replace(
                self._settings[stage.number], left_out=tuple(left_out), voice=self._config.voice
            ),
            role=role,
        )

    def links(self, stage: StageSpec) -> Links:
        """The rings that the stage reads and writes."""
        sources = [self._link(link, link.source) for link in self.topology.inputs(stage)]
        return Links(sources, [self._link(link, link.target) for link in self.topology.outputs(stage)])

    def _link(self, link: LinkSpec, other: int | None) -> Link:
        notifier = self.text_space.fd if other is None else self._notifiers[other].fd
        return Link(other, link.device_lane, self._ring_fds[link], notifier)

    def go(self, stage: StageSpec) -> Go:
        """The message that makes a process the one that holds the stage's ends of the rings."""
        sources = [self.rings[link].generations[1] for link in self.topology.inputs(stage)]
        targets = [self.rings[link].generations[0] for link in self.topology.outputs(stage)]
        return Go(sources, targets, self._died_ns[stage.number])

    def fence_stage(self, stage: StageSpec) -> tuple[int, int, int]:
        """Exclude the dead process of the stage from its rings; return its current block (StageState.current_block)."""
        state = self.shared.stage(stage.number)
        current_block = state.current_block
        state.begin_block(0)  # a replacement that dies before its first block must not be charged with this one
        for link in self.topology.inputs(stage):
            self.rings[link].fence_consumer()
        for link in self.topology.outputs(stage):
            self.rings[link].fence_producer()
        self._died_ns[stage.number] = time.monotonic_ns()
        return current_block

    def oldest_slot(self, stage: StageSpec, utterance: int) -> bytes:
        """A copy of the slot of the utterance that the stage reads next; empty where there is none."""
        oldest = (self.rings[link].oldest(utterance) for link in self.topology.inputs(stage))
        return next(filter(None, oldest), b"")

    @property
    def device_lanes_behind(self) -> frozenset[int]:
        """Lanes of the sound device with a ring in which many blocks of a cancelled utterance wait to be dropped."""
        rings = {link.device_lane: self.rings[link] for link in self.topology.inputs(self.topology.output)}
        return frozenset(lane for lane, each in rings.items() if each.fill > each.size // 2)

    def wake(self, *numbers: int) -> None:
        """Notify these stages, or all."""
        for number in numbers or tuple(self._notifiers):
            self._notifiers[number].notify()

    def close(self) -> None:
        close_all([*self._fds, *self._ring_fds.values()])
        self._fds.clear()
        self._ring_fds.clear()
