"""Requests of Cartesia's ``POST /tts/bytes``. Pure.

Source: https://docs.cartesia.ai/api-reference/tts/bytes, and what Pipecat and LiveKit send.
"""

from dataclasses import replace

import msgspec

from steadyvoice.gateways.http.encoding.formats import Format, UnsupportedFormat
from steadyvoice.gateways.http.requests import decode
from steadyvoice.gateways.http.response import Wanted
from steadyvoice.gateways.http.streaming.cartesia import Output, Spoken, raw, speech_of


def wanted(body: bytes) -> Wanted:
    """Refused, UnsupportedFormat."""
    request = decode(body, Spoken)
    return Wanted(request.transcript, speech_of(request, _format))


def _format(output: Output) -> Format:
    match output.container:
        case "mp3":
            return Format("mp3", output.sample_rate, (output.bit_rate or 0) // 1000)
        case "wav":
            return replace(raw(msgspec.structs.replace(output, container="raw")), wav=True)
        case "raw":
            return raw(output)
    raise UnsupportedFormat(f"no container {output.container[:20]!r}; there are raw, wav and mp3")
