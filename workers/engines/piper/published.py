"""The description of a published Piper voice: ``X.onnx.json``, beside the model ``X.onnx``.

The fields are those that piper_train writes (rhasspy/piper, MIT).
"""

from pathlib import Path
from typing import Annotated, Final

from msgspec import DecodeError, Meta, Struct, json

from steadyvoice.ipc.errors import BadModelFile, one_line
from steadyvoice.ipc.paths import content

SUFFIX: Final = ".json"
"""Of the description, after the model's whole name."""
HOP: Final = 256
"""Samples of a frame."""
BEGIN, PAD, END = "^", "_", "$"
"""Phonemes at the begin of a sentence, after each phoneme, and at the end."""
KINDS: Final = ("espeak", "text")
"""Phonemes that can be made: those of espeak-ng, or the text's characters."""
_MOST_BYTES: Final = 4 << 20
_MOST_IDS: Final = 4

_Scale = Annotated[float, Meta(ge=0, le=10)]
_Ids = Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=1, max_length=_MOST_IDS)]


class Audio(Struct):
    sample_rate: Annotated[int, Meta(ge=8000, le=192_000)]
    """Hertz."""


class Espeak(Struct):
    voice: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9+_-]{0,63}$")]
    """A name that espeak-ng has: a language, perhaps with a variant."""


class Inference(Struct, frozen=True):
    noise_scale: _Scale = 0.667
    length_scale: Annotated[float, Meta(gt=0, le=10)] = 1.0
    noise_w: _Scale = 0.8


class Language(Struct):
    code: Annotated[str, Meta(pattern="^[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8})*$")]
    """Such as en_US."""


class Published(Struct):
    audio: Audio
    espeak: Espeak
    phoneme_id_map: dict[str, _Ids]
    inference: Inference = Inference()
    phoneme_type: str = KINDS[0]
    phoneme_map: dict[str, list[str]] = {}
    """Phonemes that the voice was trained with in place of the program's."""
    num_speakers: Annotated[int, Meta(ge=1, le=100_000)] = 1
    speaker_id_map: dict[str, Annotated[int, Meta(ge=0)]] = {}
    language: Language | None = None
    hop_length: int = HOP
    license: str = ""
    licence: str = ""

    @property
    def bcp47(self) -> str:
        """Such as en-US; espeak-ng's voice where the file names no language."""
        code = self.language.code if self.language else self.espeak.voice.partition("+")[0]
        base, *rest = code.replace("_", "-").split("-")
        return "-".join([base.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def read(file: Path) -> Published:
    """The description in this file. OSError; BadModelFile, which names the file and the field."""
    data = content(file, _MOST_BYTES)
    if data is None:
        raise BadModelFile(f"there is no {file}, which describes the voice; it is published beside the model")
    try:
        voice = json.decode(data, type=Published)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadModelFile(f"{file} does not describe a voice of Piper: {one_line(str(error), 200)}") from error
    if why := _fault(voice):
        raise BadModelFile(f"{file}: {why}")
    return voice


def _fault(voice: Published) -> str:
    if voice.phoneme_type not in KINDS:
        return f"the voice takes phonemes of {one_line(voice.phoneme_type, 40)!r}; supported are {' and '.join(KINDS)}"
    if missing := [each for each in (BEGIN, PAD, END) if each not in voice.phoneme_id_map]:
        return f"its phoneme_id_map has no {missing[0]!r}"
    if voice.hop_length != HOP:
        return f"a frame of the voice has {voice.hop_length} samples; supported are voices with {HOP}"
    if wrong := [name for name, number in voice.speaker_id_map.items() if number >= voice.num_speakers]:
        return f"the speaker {one_line(wrong[0], 40)!r} has a number above num_speakers"
    return ""
