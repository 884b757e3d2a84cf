"""Kokoro's files in the store: one directory with the parts of the model and a pair of files for each voice.

voices/kokoro/  acoustic.onnx, whole.onnx, coarse.onnx, fine.onnx, source.bin
                af_heart.bin: styles [510, 256], float32; row n - 1 is for n phonemes
                af_heart.statistics: of the voice's clauses, float32; see statistics.py
"""

from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from steadyvoice.ipc.blend import weights
from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.kokoro.languages import language
from steadyvoice.workers.engines.kokoro.source import HARMONICS
from steadyvoice.workers.engines.kokoro.statistics import Statistics, blended, unpacked

MARK: Final = "fine.onnx"
STYLE_ROWS: Final = 510
"""Styles of a voice, and phonemes of one run at most."""
STYLE: Final = 256
_SOURCE: Final = "source.bin"


class VoiceFiles(NamedTuple):
    folder: Path
    styles: Frames
    """[510, 256]."""
    statistics: Statistics


def installed() -> dict[str, Path]:
    """The directory of each voice. Cheap."""
    found: dict[str, Path] = {}
    for folder, names in optional.folders("voices").items():
        if MARK in names:
            voices = (name.removesuffix(".bin") for name in sorted(names) if name.endswith(".bin"))
            whole = (voice for voice in voices if language(voice) and f"{voice}.statistics" in names)
            found |= {voice: folder for voice in whole if voice not in found}
    return found


def folder_of(voice: str) -> Path:
    """The directory of a voice, or of all voices of a blend. NotInstalled."""
    known = installed()
    folders = {known.get(part) for part in weights(voice)}
    if len(folders) == 1 and (folder := folders.pop()) is not None:
        return folder
    raise NotInstalled(f"the voice {voice!r} of kokoro is not installed")


@lru_cache(maxsize=64)
def voice_files(voice: str) -> VoiceFiles:
    """voice: a name, or a blend (ipc/blend.py). NotInstalled; BadModelFile where a file is damaged; OSError."""
    folder = folder_of(voice)
    parts = weights(voice)
    styles = sum(share * read_styles(folder / f"{name}.bin") for name, share in parts.items())
    statistics = blended([(share, _statistics(folder / f"{name}.statistics")) for name, share in parts.items()])
    return VoiceFiles(folder, np.asarray(styles, np.float32), statistics)


def read_styles(file: Path) -> Frames:
    """[510, 256] of a voice as published. BadModelFile."""
    styles = _floats(file)
    if styles.size != STYLE_ROWS * STYLE or not np.isfinite(styles).all() or not styles.any():
        raise BadModelFile(f"{file} is not a voice of Kokoro, which is {STYLE_ROWS} styles of {STYLE} numbers")
    return styles.reshape(STYLE_ROWS, STYLE)


def _statistics(file: Path) -> Statistics:
    return unpacked(_floats(file), str(file))


def write_source(folder: Path, mixer: Frames, bias: float) -> None:
    np.append(mixer, bias).astype("<f4").tofile(folder / _SOURCE)


def read_source(folder: Path) -> tuple[Frames, float]:
    """The weights [9] and the bias of the layer that mixes the harmonics. BadModelFile."""
    numbers = _floats(folder / _SOURCE)
    if numbers.size != HARMONICS + 1 or not np.isfinite(numbers).all():
        raise BadModelFile(f"{folder / _SOURCE} is damaged; svctl voices pull kokoro --replace")
    return numbers[:-1], float(numbers[-1])


def _floats(file: Path) -> Frames:
    try:
        return np.frombuffer(file.read_bytes(), "<f4").astype(np.float32)
    except (ValueError, FileNotFoundError) as error:
        raise BadModelFile(f"{file} is missing or cut short; svctl voices pull kokoro --replace") from error
