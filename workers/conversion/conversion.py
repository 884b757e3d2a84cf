"""The voice conversion of one utterance: a stream for each segment, which depends on no earlier segment."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.converters.converter import Family, Stream
from steadyvoice.workers.engines.engine import Ahead
from steadyvoice.workers.runtime.context import refuse_left_out

PITCH_FAMILY: Final = "shift"
PITCH_CONVERTER: Final = "shift"
"""Moves the pitch of a segment, where the utterance has no converter."""

Samples = NDArray[np.float32]


class Conversion:
    def __init__(self, families: Mapping[str, Family], wanted: UtteranceSpec, ahead: Ahead) -> None:
        """families: that this process runs. ahead: of the listener, for the size of chunks.

        UtteranceFailed where the family could not be loaded; anything that it raises.
        """
        self._families, self._wanted, self._ahead = families, wanted, ahead
        self._stream = self._open(wanted)
        self._pitch = 0.0
        """Semitones by which the current segment is moved, besides the utterance's pitch."""

    def _open(self, wanted: UtteranceSpec) -> Stream | None:
        """None without a converter."""
        if not wanted.converter:
            return None
        refuse_left_out("converters", wanted.family)
        family = self._families[wanted.family]
        return family.open(wanted.converter, wanted.voice_rate, wanted.pitch, wanted.formant, self._ahead)

    @property
    def is_active(self) -> bool:
        """The current segment is converted."""
        return self._stream is not None

    @property
    def rate(self) -> int:
        """Hertz of what ``process`` returns."""
        return self._wanted.voice_rate if self._stream is None else self._stream.rate

    @property
    def min_input_s(self) -> float:
        """Seconds of sound that the stream needs before it returns its first sample."""
        return float(getattr(self._stream, "min_input_s", 0.0))

    def process(self, pcm: Samples, pitch: float) -> Samples:
        """The next samples of the segment. pitch: semitones of the segment, besides the utterance's."""
        if pitch != self._pitch:
            self._change_pitch(pitch)
        return pcm if self._stream is None else self._stream.process(pcm)

    def finish(self) -> Samples:
        """The rest of the segment. The next segment begins without its own pitch."""
        if self._stream is None:
            return np.zeros(0, np.float32)
        rest = self._stream.finish()
        self._stream, self._pitch = self._open(self._wanted), 0.0
        return rest

    def _change_pitch(self, semitones: float) -> None:
        """Convert the segment that begins with its own pitch, where the utterance's voice and sample rate stay."""
        wanted = self._wanted
        if not wanted.converter and PITCH_FAMILY in self._families:
            wanted = replace(wanted, family=PITCH_FAMILY, converter=PITCH_CONVERTER)
        self._stream, self._pitch = self._open(replace(wanted, pitch=wanted.pitch + semitones)), semitones
