"""When the user speaks: a decision from the early sign, the probability of speech, and whether we speak ourselves."""

from typing import Final

from steadyvoice.ipc.listening import EarlySign, EarlySignGone, Heard, Listen, SpeechEnded, SpeechStarted

STEP_NS: Final = 32_000_000
"""Of one probability."""
AGREEMENT_NS: Final = 300_000_000
"""An early sign is gone after this time without speech."""
_THRESHOLDS: Final = ((0.8, 0.5), (0.65, 0.3), (0.5, 0.15), (0.35, 0.1))
"""By aggressiveness: in silence, and while we speak, since the echo canceller then lowers the user's voice, too."""
_LOWER: Final = 0.15
_LEARNING_STEPS: Final = 8
"""Speech must last so much longer where the canceller does not know the echo yet. Without that, 3 of 90 utterances for
each of which the device was opened left 0.25 s of our own voice, which was taken for the user's; now none of 225."""
_LEAST: Final = 0.08
"""Speech goes on down to a probability lower by so much, but never below the least."""


class Detector:
    """An `EarlySign` is followed by its `EarlySignGone` or by `SpeechStarted`; `SpeechStarted` by `SpeechEnded`."""

    def __init__(self, settings: Listen) -> None:
        self._thresholds = _THRESHOLDS[settings.aggressiveness]
        self._speech_steps = _steps(settings.min_speech_ms)
        self._silence_steps = _steps(settings.min_silence_ms)
        self.user_speaks = False
        self._steps = 0
        """In a row: of speech while the user is silent, of silence while the user speaks."""
        self._last_speech_ns = 0
        self._sign_ns: int | None = None
        """When the early sign came; None: there is none."""
        self._is_raised = False

    def loudness(self, at_ns: int, is_raised: bool, we_speak: bool) -> list[Heard]:
        """The next 10 ms, captured until ``at_ns``, are louder than before, or not. we_speak: something plays."""
        rises, self._is_raised = is_raised and not self._is_raised, is_raised
        if self.user_speaks:
            return []
        if self._sign_ns is None:
            if rises and we_speak:
                self._sign_ns = at_ns
                return [EarlySign(at_ns)]
        elif not we_speak or at_ns - self._sign_ns >= AGREEMENT_NS:
            self._sign_ns = None
            return [EarlySignGone(at_ns)]
        return []

    def speech(self, at_ns: int, probability: float, we_speak: bool, echo_is_known: bool) -> list[Heard]:
        """The next 32 ms, captured until ``at_ns``, have speech with this probability.

        echo_is_known: where we speak, the canceller has learned what the microphone hears of it.
        """
        threshold = self._thresholds[we_speak and echo_is_known]
        if not self.user_speaks:
            self._steps = self._steps + 1 if probability >= threshold else 0
            if self._steps < self._speech_steps + (_LEARNING_STEPS if we_speak and not echo_is_known else 0):
                return []
            started = SpeechStarted(at_ns - self._steps * STEP_NS)
            self.user_speaks, self._steps, self._sign_ns, self._last_speech_ns = True, 0, None, at_ns
            return [started]
        if probability >= max(threshold - _LOWER, _LEAST):
            self._steps, self._last_speech_ns = 0, at_ns
            return []
        self._steps += 1
        if self._steps < self._silence_steps:
            return []
        self.user_speaks, self._steps = False, 0
        return [SpeechEnded(self._last_speech_ns)]


def _steps(milliseconds: int) -> int:
    return max(1, -(-milliseconds * 1_000_000 // STEP_NS))
