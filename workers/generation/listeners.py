"""What the shared state says of the listeners of the generator's utterances."""

import time
from collections.abc import Iterable, Iterator

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.ring import Producer
from steadyvoice.workers.generation.pick import Candidate
from steadyvoice.workers.generation.utterance_state import UtteranceState
from steadyvoice.workers.runtime.context import Context


class Listeners:
    def __init__(self, context: Context, target: Producer) -> None:
        """target: the generator's output."""
        self._context, self._target = context, target

    def candidates(self, utterances: Iterable[UtteranceState]) -> Iterator[Candidate]:
        """One for each utterance, in the same order."""
        now, lookahead_s = time.monotonic(), self._context.settings.lookahead_s
        is_full = self._target.fill > self._target.size // 2
        return (
            each.candidate(self._heard_s(each), now, lookahead_s, skipped=self.is_skipped(each), is_full=is_full)
            for each in utterances
        )

    def _heard_s(self, utterance: UtteranceState) -> float:
        words = utterance.begin.words
        return self._context.shared.consumed(words[s.LANE], words[s.UTTERANCE]) / utterance.spec.sink_rate

    def is_skipped(self, utterance: UtteranceState) -> bool:
        """The rest of the current sentence is to be skipped."""
        return utterance.sentence < self._context.shared.skip_before_sentence(utterance.begin.words[s.LANE])
