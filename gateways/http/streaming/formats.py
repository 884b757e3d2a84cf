"""Formats of audio that a voice agent can ask for."""

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from steadyvoice.gateways.http.encoding.encoders import BIT_RATE, Encoders, Encoding, Plain
from steadyvoice.ipc.errors import SteadyvoiceError

_RATES: Final = range(8000, 192_001)
_MP3_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_NAMED: Final = re.compile(r"(pcm|ulaw|alaw|mp3)_(\d{4,6})(?:_(\d{1,3}))?")
_MULAW_BIAS: Final = 132
_MULAW_MAX: Final = 32635


Kind = Literal["s16", "f32", "mulaw", "alaw", "mp3"]


class UnsupportedFormat(SteadyvoiceError):
    """No such format. Ask for one that the message names."""


@dataclass(frozen=True)
class Format:
    """Mono samples. f32: from -1 to 1; both: little-endian."""

    encoding: Kind
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
        return Format("mp3", int(rate), int(kbps or BIT_RATE))
    if kind == "pcm":
        return Format("s16", int(rate))
    return Format("mulaw" if kind == "ulaw" else "alaw", int(rate))


class Companded(Plain):
    """G.711: one byte a sample."""

    def __init__(self, compand: Callable[[int], int]) -> None:
        super().__init__()
        self._table = _table(compand)

    async def encode(self, samples: bytes) -> bytes:
        return bytes(map(self._table.__getitem__, array("h", samples)))


async def encoding(encoders: Encoders, wanted: Format) -> Encoding:
    """NotInstalled for mp3 without its package; EncoderFailed."""
    if wanted.encoding == "mp3":
        return await encoders.open("mp3", wanted.rate, wanted.kbps)
    if wanted.encoding in ("mulaw", "alaw"):
        return Companded(mulaw if wanted.encoding == "mulaw" else alaw)
    return Plain()


@cache
def _table(compand: Callable[[int], int]) -> bytes:
    """The byte of each sample, where a negative index counts from the end."""
    return bytes([*map(compand, range(1 << 15)), *map(compand, range(-1 << 15, 0))])


def mulaw(sample: int) -> int:
    """ITU-T G.711, mu-law."""
    size = min(abs(sample), _MULAW_MAX) + _MULAW_BIAS
    exponent = size.bit_length() - 8
    sign = 0x80 if sample < 0 else 0
    return ~(sign | exponent << 4 | size >> exponent + 3 & 0x0F) & 0xFF


def alaw(sample: int) -> int:
    """ITU-T G.711, A-law."""
    size = (sample if sample >= 0 else ~sample) >> 3
    exponent = max(size.bit_length() - 5, 0)
    code = size >> 1 if exponent == 0 else exponent << 4 | size >> exponent & 0x0F
    return code ^ (0xD5 if sample >= 0 else 0x55)
