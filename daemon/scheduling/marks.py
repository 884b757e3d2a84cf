"""Publishes a ``mark`` when a word begins to be heard: by the device's clock, or by what a client has read."""

import asyncio
from collections.abc import Callable
from typing import Final

from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc.messages import Mark

_MIN_INTERVAL_S: Final = 0.005
"""Minimum time between two looks at the device's position, also if it does not advance."""


class Marks:
    def __init__(self, supervisor: Supervisor, publish: Callable[[Utterance, Mark], None]) -> None:
        self._supervisor, self._publish = supervisor, publish
        self._loop = asyncio.get_running_loop()
        self._timers: dict[Utterance, asyncio.TimerHandle] = {}

    def until(self, utterance: Utterance, samples: int) -> None:
        """Publish the words and marks that begin before this position, each once, and none before ``started``.

        Those before ``UtteranceSpec.from_sample`` were heard earlier.
        """
        if not _has_started(utterance):
            return
        words = utterance.timeline.words
        while utterance.timeline.marked < len(words) and words[utterance.timeline.marked].begins < samples:
            word = words[utterance.timeline.marked]
            utterance.timeline.marked += 1
            if word.begins < utterance.spec.from_sample:
                continue
            at_s = round(word.begins / utterance.spec.sink_rate, 6 if word.name else 4)
            self._publish(utterance, Mark(utterance.id, word.start, word.end, at_s, word.name))

    def follow(self, utterance: Utterance) -> None:
        """Publish words while the device plays them, until all are published, playback is paused or the end."""
        self.forget(utterance)
        pipeline = self._supervisor.pipeline
        if pipeline is None or utterance.is_finished or utterance.cancel_reason or pipeline.shared.paused:
            return
        if not _has_started(utterance):
            return
        given = utterance.position(pipeline.shared)
        heard = given - int(self._supervisor.device.latency_ms * utterance.spec.sink_rate / 1000)
        if given:
            self.until(utterance, heard + 1)
        if given and utterance.timeline.marked < len(utterance.timeline.words):
            wait_s = (utterance.timeline.words[utterance.timeline.marked].begins - heard) / utterance.spec.sink_rate
            self._timers[utterance] = self._loop.call_later(max(wait_s, _MIN_INTERVAL_S), self.follow, utterance)

    def forget(self, utterance: Utterance) -> None:
        """Stop following."""
        if (timer := self._timers.pop(utterance, None)) is not None:
            timer.cancel()


def _has_started(utterance: Utterance) -> bool:
    """A client's stream is started when it gets its lane."""
    return not utterance.to_device or utterance.timings.has_started
