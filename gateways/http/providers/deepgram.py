"""Requests of Deepgram's ``POST /v1/speak``. Pure.

Source: https://developers.deepgram.com/docs/tts-encoding and the pages about containers and rates; what Pipecat and
LiveKit send.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from steadyvoice.gateways.http.encoding.formats import SAMPLE_RATE, Format, Kind, UnsupportedFormat
from steadyvoice.gateways.http.requests import decode
from steadyvoice.gateways.http.response import Wanted
from steadyvoice.gateways.http.streaming.deepgram import ENCODINGS, number, speech

_ENCODINGS: Final[dict[str, Kind]] = ENCODINGS | {"mp3": "mp3", "opus": "opus", "flac": "flac", "aac": "aac"}
_CONTAINERS: Final = {"opus": ("ogg",), **dict.fromkeys(ENCODINGS, ("wav", "none"))}
"""The containers of an encoding, the default one first; all others have none."""
_RATES: Final = {"mulaw": 8000, "alaw": 8000, "mp3": 22050, "opus": 48000, "aac": 22050}
"""Hertz, where the request names none."""


class _Body(msgspec.Struct):
    text: str


def wanted(body: bytes, query: Mapping[str, str]) -> Wanted:
    """Refused, UnsupportedFormat."""
    return Wanted(decode(body, _Body).text, speech(query, _format(query)))


def _format(query: Mapping[str, str]) -> Format:
    name = query.get("encoding", "mp3")
    if name not in _ENCODINGS:
        raise UnsupportedFormat(f"no encoding {name[:20]!r}; there are {', '.join(_ENCODINGS)}")
    containers = _CONTAINERS.get(name, ("none",))
    container = query.get("container", containers[0])
    if container not in containers:
        raise UnsupportedFormat(f"no container {container[:20]!r} for {name}; there is {' and '.join(containers)}")
    rate = number(query, "sample_rate", int, _RATES.get(name, SAMPLE_RATE))
    return Format(_ENCODINGS[name], rate, number(query, "bit_rate", int, 0) // 1000, wav=container == "wav")
