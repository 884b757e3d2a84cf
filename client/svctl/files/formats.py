"""Formats of sound files and their encoders."""

import os
import sys
from typing import Final

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.files.encoder import Encoder, Pieces
from steadyvoice.client.svctl.grammar import FORMATS

ENDINGS: Final = " ".join(f".{name}" for name in FORMATS)
LIBRARY_FORMATS: Final = {
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
}
"""Formats written by the package soundfile: its names of format and subtype."""
_RATES: Final = {
    "mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
    "opus": (8000, 12000, 16000, 24000, 48000),
}
_FLAC_ANY_RATE: Final = 65_535
"""Hertz. Above it, streamable FLAC allows only multiples of 10 (RFC 9639, section 9.1.2)."""


def format_of(name: str, regular: bool = True) -> str:
    """The format by the file name extension. InputUnusable if the extension is of another kind of file.

    regular: whether it is, or will be, a file on a disk; a pipe or a device may have any name.
    """
    base = os.path.basename(name)
    ending = os.path.splitext(base)[1]
    known = (ending or base).lower()  # ".flac" alone has no ending by splitext
    if known[:1] == "." and known[1:] in FORMATS:
        return known[1:]
    if regular and ending not in ("", "."):
        raise InputUnusable(f"{ending!r} is not a known extension: {ENDINGS}; or give --format")
    return "wav"


def takes(format: str, sample_rate: int) -> bool:
    if format == "flac":
        return sample_rate <= _FLAC_ANY_RATE or sample_rate % 10 == 0
    return format not in _RATES or sample_rate in _RATES[format]


def rate_for(format: str, wanted: int) -> int:
    """The sample rate to request, in hertz; 0: the voice's own.

    InputUnusable if the format does not support ``wanted``.

    MP3 supports the usual rates of voices; Opus does not support 32000, which is not rare.
    """
    if wanted and not takes(format, wanted):
        raise InputUnusable(rate_refusal(format, wanted))
    return 48_000 if format == "opus" and not wanted else wanted


def rate_refusal(format: str, sample_rate: int) -> str:
    rates = " ".join(map(str, _RATES.get(format, ()))) or f"up to {_FLAC_ANY_RATE}, or a multiple of 10"
    return f"{format} does not support {sample_rate} Hz; give --sample-rate: {rates}"


def check_library(format: str) -> None:
    """InputUnusable if the format needs a package that is missing or does not write it."""
    if format not in LIBRARY_FORMATS:
        return
    install = f"{sys.executable} -m pip install"
    try:
        import soundfile
    except ImportError as error:
        raise InputUnusable(f"{format} needs a package: {install} soundfile; or write a .wav") from error
    except OSError as error:  # libsndfile cannot be loaded
        why = str(error).partition("\n")[0]
        raise InputUnusable(
            f"soundfile is unusable ({why}): {install} --force-reinstall soundfile; or write a .wav"
        ) from error
    if not soundfile.check_format(*LIBRARY_FORMATS[format]):
        version = soundfile.__libsndfile_version__
        raise InputUnusable(f"libsndfile {version} does not write {format}: {install} -U soundfile; or write a .wav")


def encoder(format: str, sample_rate: int) -> Encoder:
    """The encoder of a format. InputUnusable if the format does not support the sample rate."""
    if not takes(format, sample_rate):
        raise InputUnusable(rate_refusal(format, sample_rate))
    if format in LIBRARY_FORMATS:
        from steadyvoice.client.svctl.files.library_encoder import LibraryEncoder

        return LibraryEncoder(*LIBRARY_FORMATS[format], sample_rate)
    if format == "raw":
        return Raw(sample_rate)
    from steadyvoice.client.svctl.files.wav import Wav

    return Wav(sample_rate)


class Raw:
    """Encoder of samples without a header. The sample rate, which the file cannot contain, is printed on stderr."""

    def __init__(self, sample_rate: int) -> None:
        self._rate, self._bytes = sample_rate, 0

    def begin(self) -> Pieces:
        print(f"svctl: raw: {self._rate} Hz, signed 16-bit, mono", file=sys.stderr)
        return []

    def encode(self, block: bytes) -> Pieces:
        self._bytes += len(block)
        return [(self._bytes - len(block), block)]

    def finish(self) -> Pieces:
        return []
