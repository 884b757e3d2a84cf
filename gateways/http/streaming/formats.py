"""Formats of audio that a client can ask for, and the encoders that make them from the daemon's samples."""

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol

from steadyvoice.ipc.errors import NotInstalled, SteadyvoiceError
from steadyvoice.ipc.installing import install_command

_RATES: Final = range(8000, 192_001)
_MP3_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_MP3_KBPS: Final = 64
_MP3_QUALITY: Final = 7
"""LAME's: 0 is the slowest; 7 takes 1.3 ms for a second of speech."""
_NAMED: Final = re.compile(r"(pcm|ulaw|alaw|mp3)_(\d{4,6})(?:_(\d{1,3}))?")
_MULAW_BIAS: Final = 132
_MULAW_MAX: Final = 32635


Encoding = Literal["s16", "f32", "mulaw", "alaw", "mp3"]


class UnsupportedFormat(SteadyvoiceError):
    """No such format. Ask for one that the message names."""


@dataclass(frozen=True)
class Format:
    """Mono samples. f32: from -1 to 1; both: little-endian."""

    encoding: Encoding
    rate: int
    """Hertz."""
    kbps: int = 0
    """Of mp3."""

    def __post_init__(self) -> None:
        if self.encoding == "mp3" and self.rate not in _MP3_RATES:
            raise UnsupportedFormat(f"no mp3 with {self.rate} Hz; there are {', '.join(map(str, _MP3_RATES))}")
        if self.rate not in _RATES:
            raise UnsupportedFormat(f"a sample rate of {self.rate} Hz is not between {_RATES[0]} and {_RATES[-1]}")

    @property
    def samples(self) -> Literal["s16", "f32"]:
        """The daemon's format that the encoder takes."""
        return "f32" if self.encoding == "f32" else "s16"


def named(name: str) -> Format:
    """A format by a name such as ``pcm_24000``, ``ulaw_8000`` or ``mp3_22050_32``. UnsupportedFormat."""
    found = _NAMED.fullmatch(name)
    if found is None:
        raise UnsupportedFormat(f"no format {name[:40]!r}; there are pcm_24000, mp3_22050_32, ulaw_8000 and alaw_8000")
    kind, rate, kbps = found.groups()
    if kind == "mp3":
        return Format("mp3", int(rate), int(kbps or _MP3_KBPS))
    if kind == "pcm":
        return Format("s16", int(rate))
    return Format("mulaw" if kind == "ulaw" else "alaw", int(rate))


class Encoder(Protocol):
    def encode(self, samples: bytes) -> bytes: ...

    def flush(self) -> bytes:
        """What is left; the encoder must not be used after it."""


class _Plain:
    """The daemon's samples as they are."""

    def encode(self, samples: bytes) -> bytes:
        return samples

    def flush(self) -> bytes:
        return b""


class _Companded(_Plain):
    """G.711: one byte a sample."""

    def __init__(self, table: bytes) -> None:
        self._table = table

    def encode(self, samples: bytes) -> bytes:
        return bytes(map(self._table.__getitem__, array("h", samples)))


class _Mp3:
    def __init__(self, rate: int, kbps: int) -> None:
        try:
            import lameenc
        except ModuleNotFoundError as error:
            raise NotInstalled(f"mp3 needs the package lameenc; install it: {install_command('http')}") from error
        self._lame: Any = lameenc.Encoder()
        self._lame.silence()
        self._lame.set_channels(1)
        self._lame.set_in_sample_rate(rate)
        self._lame.set_bit_rate(kbps)
        self._lame.set_quality(_MP3_QUALITY)

    def encode(self, samples: bytes) -> bytes:
        return bytes(self._lame.encode(samples))

    def flush(self) -> bytes:
        return bytes(self._lame.flush())


def encoder(wanted: Format) -> Encoder:
    """NotInstalled for mp3 without its package."""
    if wanted.encoding == "mp3":
        return _Mp3(wanted.rate, wanted.kbps)
    if wanted.encoding == "mulaw":
        return _Companded(_table(_mulaw))
    if wanted.encoding == "alaw":
        return _Companded(_table(_alaw))
    return _Plain()


@cache
def _table(compand: Callable[[int], int]) -> bytes:
    """The byte of each sample, where a negative index counts from the end."""
    return bytes([*map(compand, range(1 << 15)), *map(compand, range(-1 << 15, 0))])


def _mulaw(sample: int) -> int:
    """ITU-T G.711, mu-law."""
    size = min(abs(sample), _MULAW_MAX) + _MULAW_BIAS
    exponent = size.bit_length() - 8
    sign = 0x80 if sample < 0 else 0
    return ~(sign | exponent << 4 | size >> exponent + 3 & 0x0F) & 0xFF


def _alaw(sample: int) -> int:
    """ITU-T G.711, A-law."""
    size = (sample if sample >= 0 else ~sample) >> 3
    exponent = max(size.bit_length() - 5, 0)
    code = size >> 1 if exponent == 0 else exponent << 4 | size >> exponent & 0x0F
    return code ^ (0xD5 if sample >= 0 else 0x55)
