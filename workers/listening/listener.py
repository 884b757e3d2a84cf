"""All of listening, without a process: two histories in, what the user does out."""

from typing import Final

import numpy as np

from steadyvoice.ipc.listening import Heard, Listen
from steadyvoice.ipc.sample_history import SampleHistory
from steadyvoice.workers.listening.aligned import AlignedReader, Hop
from steadyvoice.workers.listening.decimator import HOP, RATE, Decimator
from steadyvoice.workers.listening.detector import Detector
from steadyvoice.workers.listening.echo import EchoCanceller
from steadyvoice.workers.listening.far_end import FarEnd
from steadyvoice.workers.listening.loudness import Loudness, is_residual_echo
from steadyvoice.workers.listening.voice_activity import STEP, VoiceActivity

_NEXT_S: Final = 0.010
"""After it was there, the next block is expected no sooner."""
_POLL_S: Final = 0.002
"""Where it is late."""
_IDLE_POLLS: Final = 50
_IDLE_S: Final = 0.02
"""Where it has been late so often, since nothing is captured."""
_HOPS: Final = 20
"""Of one step, at most."""
_RESIDUAL, _NEAR = 0, 1


class Listener:
    """Reads both histories and blocks nobody: where it is late it leaves samples out."""

    def __init__(self, capture: SampleHistory, playback: SampleHistory, settings: Listen) -> None:
        """Loads the model, in 0.1 s. NotInstalled, BadModelFile."""
        self._echo, self._voice = EchoCanceller(), VoiceActivity()
        self._near, self._far = Decimator(), Decimator()
        self._far_end, self._loudness, self._near_loudness = FarEnd(), Loudness(), Loudness()
        self._detector = Detector(settings)
        self._pending = np.zeros((2, STEP + HOP), np.float32)
        """Residual and near end of the next step of the voice activity."""
        self._count = 0
        """Of these samples."""
        self._reader = AlignedReader(capture, playback)
        self._polls = 0
        """Steps in a row that found nothing."""

    @property
    def lost(self) -> int:
        """Captured samples, at 48 kHz, that were left out because this process was late."""
        return self._reader.lost

    @property
    def realigned(self) -> int:
        """Corrections of the far end's place while the device played."""
        return self._reader.realigned

    def step(self, now_ns: int = 0) -> tuple[list[Heard], float]:
        """Work on what is there, at most 200 ms of sound; return what was heard, and for how long to sleep, seconds.

        now_ns: monotonic; 0: at present.
        """
        heard: list[Heard] = []
        for count in range(_HOPS):
            if (hop := self._reader.next(now_ns)) is None:
                self._polls = 0 if count else self._polls + 1
                return heard, _NEXT_S if count else _POLL_S if self._polls < _IDLE_POLLS else _IDLE_S
            heard += self._hop(hop)
        return heard, 0.0

    def _hop(self, hop: Hop) -> list[Heard]:
        near, far = self._near(hop.near), self._far(hop.far)
        residual = self._echo.process(near, far)
        self._near_loudness.is_raised(near)
        self._far_end.add(far, hop.has_moved, self._near_loudness.is_quiet)
        has_echo, echo_is_known = self._far_end.has_echo, self._far_end.echo_is_known
        is_raised = self._loudness.is_raised(residual) and echo_is_known
        heard = self._detector.loudness(hop.until_ns, is_raised, has_echo)
        self._pending[_RESIDUAL, self._count : self._count + HOP] = residual
        self._pending[_NEAR, self._count : self._count + HOP] = near
        self._count += HOP
        if self._count >= STEP:
            probability = self._probability()
            self._count -= STEP
            self._pending[:, : self._count] = self._pending[:, STEP : STEP + self._count]
            until_ns = hop.until_ns - self._count * 1_000_000_000 // RATE
            if self._detector.user_speaks or not self._far_end.may_be_loud:
                heard += self._detector.speech(until_ns, probability, has_echo, echo_is_known)
        return heard

    def _probability(self) -> float:
        """Of speech, in the next step. The model has most of the cost, and is asked only where it may be speech."""
        residual, near = self._pending[_RESIDUAL, :STEP], self._pending[_NEAR, :STEP]
        if self._loudness.is_quiet or (self._far_end.has_echo and is_residual_echo(residual, near)):
            return 0.0
        return self._voice.probability(residual)
