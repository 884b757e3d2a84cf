"""The formats of audio that a client may ask for."""

from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Final, Literal

from steadyvoice.ipc.errors import NotInstalled, SteadyvoiceError
from steadyvoice.ipc.installing import install_command

SAMPLE_RATE: Final = 24_000
"""Hertz, where a client does not choose: clients of OpenAI take PCM for this."""
Kind = Literal["s16", "f32", "mulaw", "alaw", "mp3", "opus", "flac", "aac"]

_TYPES: Final[dict[Kind, str]] = {
    "s16": "audio/pcm",
    "f32": "audio/pcm",
    "mulaw": "audio/PCMU",
    "alaw": "audio/PCMA",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
}
_PACKAGES: Final[dict[Kind, tuple[str, str]]] = {
    "mp3": ("lameenc", "http"),
    "opus": ("soundfile", "http"),
    "flac": ("soundfile", "http"),
    "aac": ("av", "aac"),
}
"""The Python package that encodes it, and the extra of this project that installs the package."""
_RATES: Final = range(8000, 192_001)
_BIT_RATES: Final = range(513)
_COMMON_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_ENCODER_RATES: Final[dict[Kind, Container[int]]] = {
    "mp3": _COMMON_RATES,
    "opus": (8000, 12000, 16000, 24000, 48000),
    "flac": range(8000, 65_536),
    "aac": _COMMON_RATES,
}


class UnsupportedFormat(SteadyvoiceError):
    """No such format. Ask for one that the message names."""


@dataclass(frozen=True)
class Format:
    """Mono samples. s16, f32 (from -1 to 1): little-endian. UnsupportedFormat if the encoding has no such rate."""

    encoding: Kind
    rate: int = SAMPLE_RATE
    """Hertz."""
    kbps: int = 0
    """Of mp3, aac and opus; 0: the encoder's default."""
    wav: bool = False
    """As a WAV file, of samples that are not compressed, or companded."""

    def __post_init__(self) -> None:
        if self.kbps not in _BIT_RATES:
            raise UnsupportedFormat(f"a bit rate of {self.kbps} kbit/s is not between 1 and {_BIT_RATES[-1]}")
        rates = _ENCODER_RATES.get(self.encoding, _RATES)
        if self.rate in rates:
            return
        if isinstance(rates, tuple):
            raise UnsupportedFormat(f"no {self.encoding} with {self.rate} Hz; there are {', '.join(map(str, rates))}")
        assert isinstance(rates, range)
        raise UnsupportedFormat(f"a sample rate of {self.rate} Hz is not between {rates[0]} and {rates[-1]}")

    @property
    def samples(self) -> Literal["s16", "f32"]:
        """The daemon's format that the encoder takes."""
        return "f32" if self.encoding == "f32" else "s16"

    @property
    def content_type(self) -> str:
        return "audio/wav" if self.wav else _TYPES[self.encoding]


@cache  # of what is there; an error is not remembered
def check(kind: Kind) -> None:
    """NotInstalled, with the command that installs it, if the package that encodes it is missing."""
    package, extra = _PACKAGES.get(kind, ("", ""))
    if package and find_spec(package) is None:
        raise NotInstalled(
            f"{kind} needs the Python package {package!r}, which is not installed here: "
            f"{install_command(extra)}; or ask for mp3, wav or pcm"
        )
