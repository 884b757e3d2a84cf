"""Lanes in shared memory, the text ring into the generator, and the rings of clients."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.inline_pcm import InlinePcm
from steadyvoice.daemon.scheduling.scheduler import Conditions
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.stage_protocol import FLOW_MAX_BUFFERED_S, ClientSink


class Dispatcher:
    """Connects the Scheduler's lanes to the pipeline. While there is no pipeline, no text is sent."""

    def __init__(
        self,
        supervisor: Supervisor,
        active: Mapping[int, Utterance],
        on_ring_read: Callable[[Utterance], None],
    ) -> None:
        """active: utterances that have a lane, by run number. on_ring_read: the client has read from its ring."""
        self._supervisor, self._active, self._on_ring_read = supervisor, active, on_ring_read
        self._loop = asyncio.get_running_loop()
        self._inline: dict[int, InlinePcm] = {}
        """By utterance id."""
        self.text_full: Counter[str] = Counter()
        """How often text found no free slot in a generator's ring, by the generator's label."""

    @property
    def has_all_streams(self) -> bool:
        """As many utterances for clients have a lane as are allowed."""
        streams = sum(not utterance.to_device for utterance in self._active.values())
        return streams >= self._supervisor.config.limits.streams

    def conditions(self) -> Conditions:
        """What the Scheduler has to know of the pipeline at an event."""
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return Conditions(ready=False)
        on_device = (u for u in self._active.values() if u.to_device)
        return Conditions(
            ready=self._supervisor.ready.is_set(),
            device_lanes_behind=pipeline.device_lanes_behind,
            absent=self._supervisor.models.absent(),
            max_streams=self._supervisor.config.limits.streams,
            audible=frozenset(u.id for u in on_device if u.position(pipeline.shared) > 0),
        )

    def begin(self, utterance: Utterance, lane: int, turn: int) -> None:
        """Open the lane; for a client, make the ring. ``pump`` then sends the text. turn: on the sound device.

        OSError if there is no memory or no descriptor for the ring; the lane is then still closed.
        """
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return
        if utterance.spec.sink == "pcm":
            utterance.ring = ClientRing(utterance.spec, self._lookahead_s(utterance, pipeline))
            if utterance.inline and utterance.listener is not None:
                self._inline[utterance.id] = InlinePcm(utterance.id, utterance.ring, utterance.listener)
        utterance.route(path(utterance, pipeline))
        pipeline.shared.open_lane(lane, utterance.run, utterance.spec.path[0])
        if utterance.device_lane is not None:
            pipeline.shared.set_turn(utterance.device_lane, turn, lane)
        if utterance.ring is not None:
            pipeline.shared.set_consumed(lane, utterance.run, utterance.spec.from_sample)
            self._loop.add_reader(utterance.ring.taken.fd, self._on_ring_read, utterance)
            self.send_ring(utterance, utterance.ring)

    def _lookahead_s(self, utterance: Utterance, pipeline: Pipeline) -> float:
        """Seconds of speech that may be computed ahead of a client, with what a flow has buffered: of the utterance's
        engine, or of that of the fallback voice."""
        config, engines = self._supervisor.config, {utterance.spec.engine}
        engines |= {voice.engine for voice in self._supervisor.voices if voice.name == config.fallback_voice}
        has_flow = any(stage.name == "flow" and stage.of in engines for stage in pipeline.topology.stages)
        return config.lookahead_s + (FLOW_MAX_BUFFERED_S if has_flow else 0.0)

    def send_ring(self, utterance: Utterance, ring: ClientRing) -> None:
        """Give the converter the writing end of a client's ring."""
        sink = ClientSink(utterance.run, utterance.lane or 0)
        pipeline = self._supervisor.pipeline
        converter = None if pipeline is None else self._supervisor.stages.get(pipeline.topology.converter.number)
        if converter is not None:
            with contextlib.suppress(OSError):  # the converter is dead; its replacement is sent every ring
                converter.channel.send(sink, [ring.fd, ring.filled.fd])

    def pump(self) -> None:
        """Move text into the generators' rings until they are full. Called again when a generator has read."""
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return
        pipeline.text_space.clear()
        for utterance in self._active.values():
            if not utterance.spec.path:
                continue  # its lane is about to be opened
            text = pipeline.text[utterance.spec.path[0]]
            while utterance.text.sent < len(utterance.text.slots) and (slot := text.reserve()) is not None:
                kind, payload = utterance.text.slots[utterance.text.sent]
                utterance.text.sent += 1
                slot.words[s.UTTERANCE] = utterance.run
                slot.words[s.LANE] = utterance.lane or 0
                slot.words[s.KIND] = kind
                slot.words[s.ORIGIN] = utterance.origin_ns
                slot.begin_route(utterance.spec.path[0])
                slot.put(payload)
                text.publish()
            waited, utterance.text.waits = utterance.text.waits, utterance.text.sent < len(utterance.text.slots)
            if utterance.text.waits and not waited:
                self.text_full[pipeline.topology.by_number[utterance.spec.path[0]].label] += 1

    def close_lane(self, lane: int) -> None:
        if (pipeline := self._supervisor.pipeline) is not None:
            pipeline.shared.close_lane(lane)

    def cancel(self, lane: int) -> None:
        """Close the lane and wake all stages, so that they drop the utterance's blocks at once."""
        if (pipeline := self._supervisor.pipeline) is not None:
            pipeline.shared.close_lane(lane)
            pipeline.wake()

    def release(self, utterance: Utterance) -> None:
        """Close the utterance's lane and ring, if it has any."""
        if (inline := self._inline.pop(utterance.id, None)) is not None:
            inline.close()
        if utterance.ring is not None:
            self._loop.remove_reader(utterance.ring.taken.fd)
            utterance.ring = None
        if utterance.lane is not None:
            self.close_lane(utterance.lane)


def path(utterance: Utterance, pipeline: Pipeline) -> tuple[int, ...]:
    """The stages of the utterance, as it is specified now. KeyError where one is not there."""
    return pipeline.topology.path(utterance.spec.engine, utterance.spec.family, to_device=utterance.to_device)
