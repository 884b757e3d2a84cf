"""Words are told when they begin to be heard: on the sound device by its clock, elsewhere by what was taken."""

import asyncio
from collections.abc import Callable
from typing import Final

from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc.messages import Mark

_STEP_S: Final = 0.005
"""A device that stands still is looked at again after so long at the earliest."""


class Marks:
    def __init__(self, supervisor: Supervisor, tell: Callable[[Utterance, Mark], None]) -> None:
        self._supervisor, self._tell = supervisor, tell
        self._loop = asyncio.get_running_loop()
        self._timers: dict[Utterance, asyncio.TimerHandle] = {}

    def until(self, utterance: Utterance, samples: int) -> None:
        """Tell the words that begin before so many samples, each once."""
        words = utterance.words
        while utterance.told < len(words) and words[utterance.told].begins < samples:
            word = words[utterance.told]
            utterance.told += 1
            at_s = round(word.begins / utterance.spec.sink_rate, 4)
            self._tell(utterance, Mark(utterance.id, word.start, word.end, at_s))

    def follow(self, utterance: Utterance) -> None:
        """Tell the words of one that plays on the device as they are heard, until there are no more or it is paused."""
        if (timer := self._timers.pop(utterance, None)) is not None:
            timer.cancel()
        pipeline = self._supervisor.pipeline
        if pipeline is None or utterance.over or utterance.silenced or pipeline.shared.paused:
            return
        given = utterance.position(pipeline.shared)
        heard = given - int(self._supervisor.device.latency_ms * utterance.spec.sink_rate / 1000)
        if given:
            self.until(utterance, heard + 1)
        if given and utterance.told < len(utterance.words):
            wait = (utterance.words[utterance.told].begins - heard) / utterance.spec.sink_rate
            self._timers[utterance] = self._loop.call_later(max(wait, _STEP_S), self.follow, utterance)

    def forget(self, utterance: Utterance) -> None:
        if (timer := self._timers.pop(utterance, None)) is not None:
            timer.cancel()
