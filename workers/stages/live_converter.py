"""The converter of live sound: a chain of plugins, block by block, before the output or a client's ring."""

import time
from typing import Final

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.live_protocol import LIVE_BLOCK, LIVE_LANE, LiveChain
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import SINK_RATE, ClientSink, Ready
from steadyvoice.workers.live.chain_changes import ChainChanges
from steadyvoice.workers.live.level import Level
from steadyvoice.workers.runtime.client_writer import ClientWriter
from steadyvoice.workers.runtime.context import IDLE_S, RECHECK_S, Context
from steadyvoice.workers.runtime.ring_input import Floats

_REPORT_S: Final = 1.0


class LiveConverter:
    def __init__(self, context: Context) -> None:
        self._context = context
        [self._source] = context.inputs
        [self._target] = context.outputs.values()
        self._floats = [np.frombuffer(slot.payload, np.float32) for slot in self._target.slots]
        self._client: ClientWriter | None = None
        self._changes = ChainChanges(context.stage_state.part)
        self._level = Level()
        self._report_at = 0.0

    def warmup(self) -> Ready:
        return Ready()

    def step(self) -> float:
        self._receive()
        slot = self._source.ring.peek()
        if slot is None:
            self._changes.tidy()
            if self._client is not None:
                self._client.flush_if_read()  # the last samples of a source, once its client has room for them
            if time.monotonic() >= self._report_at:
                self._report()
            return RECHECK_S if self._changes.session else IDLE_S
        if self._context.is_live(slot) and not self._is_late(slot):
            self._convert(slot, self._source.floats[slot.index])
        self._source.ring.release()
        return 0

    def _is_late(self, slot: Slot) -> bool:
        """The output has played the block without its conversion."""
        played = self._context.shared.consumed(LIVE_LANE, slot.words[s.UTTERANCE])
        return self._client is None and slot.words[s.INDEX] + slot.words[s.COUNT] <= played

    def _convert(self, slot: Slot, floats: Floats) -> None:
        words, state = slot.words, self._context.stage_state
        if self._changes.first < 0:
            self._changes.first = words[s.INDEX]
        started = time.monotonic_ns()
        state.beat("busy")
        state.begin_block(words[s.UTTERANCE], 0, words[s.INDEX])
        converted = self._changes.chain.process(floats[:LIVE_BLOCK])
        state.begin_block(0)
        self._level.add(converted)
        if self._client is None:
            self._write(slot, converted, started)
        else:
            self._write_to_client(self._client, slot, converted, started)
        self._context.worked(time.monotonic_ns() - started)
        self._context.metrics.took(started, slot.ready_ns)

    def _write(self, slot: Slot, converted: Floats, started: int) -> None:
        """To the output; a block that it has no room for is dropped, because it would come too late."""
        target = self._target.reserve()
        if target is None:
            self._context.found_full(self._target)
            return
        self._floats[target.index][:LIVE_BLOCK] = converted
        target.head(s.PCM, slot, count=LIVE_BLOCK, index=slot.words[s.INDEX], payload_bytes=4 * LIVE_BLOCK)
        target.stamp(started, time.monotonic_ns())
        self._target.publish()

    def _write_to_client(self, client: ClientWriter, slot: Slot, converted: Floats, started: int) -> None:
        """A block that the client's ring has no room for is lost to the client."""
        try:
            client.write(converted, slot.words[s.INDEX] - self._changes.first, slot, started)
            client.flush_if_read()
        except UtteranceFailed:
            return

    def _receive(self) -> None:
        """Follow the supervisor's messages, and a change of the chain that is being prepared."""
        while (received := self._context.receive()) is not None:
            match received:
                case LiveChain() as wanted, _:
                    if self._changes.session not in (0, wanted.session):
                        self._end_session()
                    self._changes.begin(wanted)
                case ClientSink(), (ring, notifier):
                    sink = Producer(ring, EventNotifier(notifier))
                    self._client = ClientWriter(self._context, sink, self._changes.sink_format)
                    close_all([ring])
        if self._changes.settle():
            self._report()

    def _end_session(self) -> None:
        """Another one begins in this process, which listening has kept: with other plugins, in their first state."""
        self._changes.close()
        self._changes = ChainChanges(self._context.stage_state.part)
        self._client, self._level = None, Level()

    def _report(self) -> None:
        self._report_at = time.monotonic() + _REPORT_S
        if not self._changes.session:
            return
        report = self._changes.report(self._level.db)
        self._context.shared.set_min_input(LIVE_LANE, report.latency / SINK_RATE)
        self._context.channel.send(report)


def make(context: Context) -> LiveConverter:
    return LiveConverter(context)
