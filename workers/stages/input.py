"""The input stage of live sound: captures from a source, at the pace of the sink's clock."""

import time
from typing import Final

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import NotInstalled, UnusableSource
from steadyvoice.ipc.live_protocol import LIVE_BLOCK, LIVE_LANE, InputReport, LiveSource
from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.workers.live.live_input import Block, LiveInput
from steadyvoice.workers.live.naming import source_of
from steadyvoice.workers.live.sources import MonotonicClock
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.sound_library import silence_libraries
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.context import IDLE_S, RECHECK_S, Context

_REPORT_S: Final = 1.0
_RETRY_S: Final = 0.2
"""Until a process that replaces another one tries again to open the source."""


class Input:
    def __init__(self, context: Context) -> None:
        silence_libraries()
        self._context = context
        [self._target] = context.outputs.values()
        self._floats = [np.frombuffer(slot.payload, np.float32) for slot in self._target.slots]
        self._wanted: LiveSource | None = None
        self._live: LiveInput | None = None
        self._first = 0
        """Number of the first sample from the source that is wanted."""
        self._retry_at = 0.0
        """When a device is tried again that the replaced process had; 0: never."""
        self._report_at = 0.0

    def warmup(self) -> Ready:
        return Ready()

    def step(self) -> float:
        while (received := self._context.receive()) is not None:
            if isinstance(received[0], LiveSource):
                self._change(received[0])
        wanted = self._wanted
        if wanted is not None and self._retry_at and time.monotonic() >= self._retry_at:
            self._change(wanted)
        live = self._live
        if live is None or wanted is None:
            return _RETRY_S if self._retry_at else IDLE_S
        started = time.monotonic_ns()
        try:
            blocks = live.step(started)
        except UnusableSource as error:
            self._fail(wanted, str(error))
            return IDLE_S
        for block in blocks:
            self._write(wanted, block, started)
        if blocks:
            self._context.stage_state.beat("busy")
            self._context.worked(time.monotonic_ns() - started)
        if time.monotonic() >= self._report_at or live.is_over:
            self._report(wanted, live)
        return IDLE_S if live.is_over else min(max(live.sleep_s, 0.0), RECHECK_S)

    def _change(self, wanted: LiveSource) -> None:
        if self._live is not None:
            self._live.close()
        self._wanted, self._live, self._retry_at = wanted, None, 0.0
        if not wanted.source:
            return
        written, captured_ns = self._context.capture.clock()
        self._first = wanted.first if wanted.first >= 0 else written
        resume = (written - self._first, captured_ns) if written > self._first else None
        clock = self._context.playback if wanted.to_device else MonotonicClock()
        self._context.stage_state.beat("starting")
        try:
            with realtime.relaxed():
                live = LiveInput(source_of(wanted.source), clock, resume, self._before_open)
                live.open(time.monotonic_ns())
        except NoDevice as error:
            if resume is None:
                self._fail(wanted, str(error))
            else:  # it was there, and may be there again
                self._retry_at = time.monotonic() + _RETRY_S
                self._context.channel.send(InputReport(wanted.session, "open", str(error), first=self._first))
            return
        except (NotInstalled, UnusableSource) as error:
            self._fail(wanted, str(error))
            return
        realtime.share_with_threads()
        self._live = live
        self._report(wanted, live)

    def _before_open(self) -> None:
        self._context.stage_state.beat("starting")

    def _write(self, wanted: LiveSource, block: Block, started: int) -> None:
        """Into the history, and to the converter where its ring has room: it has been late for long where not."""
        samples = np.ascontiguousarray(block.samples)
        index = self._first + block.start
        self._context.capture.write(samples.data, block.captured_ns)
        slot = self._target.reserve()
        if slot is None:
            self._context.found_full(self._target)
            return
        self._floats[slot.index][:LIVE_BLOCK] = samples
        words = slot.words
        for word in range(s.UTTERANCE, s.WORDS):
            words[word] = 0
        words[s.UTTERANCE], words[s.LANE], words[s.KIND] = wanted.session, LIVE_LANE, s.PCM
        words[s.COUNT], words[s.INDEX], words[s.BYTES] = LIVE_BLOCK, index, 4 * LIVE_BLOCK
        words[s.ORIGIN] = block.captured_ns
        slot.begin_route(self._context.number)
        words[s.ROUTE] += 1
        slot.stamp(started, time.monotonic_ns())
        self._target.publish()

    def _report(self, wanted: LiveSource, live: LiveInput) -> None:
        self._report_at = time.monotonic() + _REPORT_S
        status = live.status()
        report = InputReport(
            wanted.session, "over" if live.is_over else "open", status.problem, status.name, status.rate,
            status.channels, round(status.ppm, 2), round(status.ppm_sd, 2), round(status.level_db, 1),
            status.corrections, status.slips, status.overflows, status.resampled, self._first,
        )  # fmt: skip
        self._context.channel.send(report)

    def _fail(self, wanted: LiveSource, problem: str) -> None:
        if self._live is not None:
            self._live.close()
        self._live = None
        self._context.channel.send(InputReport(wanted.session, "failed", problem))


def make(context: Context) -> Input:
    return Input(context)
