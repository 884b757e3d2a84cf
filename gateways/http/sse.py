"""Speech as server-sent events, as OpenAI sends it for ``"stream_format": "sse"``."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec

from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.gateways.http.errors import Refused
from steadyvoice.ipc.messages import Mark

_DONE: Final = {
    "type": "speech.audio.done",
    "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},  # nothing is counted in tokens here
}


@dataclass(frozen=True)
class Events:
    """An event for each piece of audio, and one at the end: ``error`` where it ends early."""

    marks: bool
    """Also an event for each word, as its samples are sent."""
    content_type: ClassVar[str] = "text/event-stream"

    async def parts(self, parts: AsyncIterator[bytes], stream: AsyncStream) -> AsyncIterator[bytes]:
        begun, sent = False, 0
        try:
            async for data in parts:
                begun = True
                yield b'data: {"type":"speech.audio.delta","audio":"' + b64encode(data) + b'"}\n\n'
                if self.marks and (new := stream.marks[sent:]):
                    sent += len(new)
                    yield b"".join(map(_mark, new))
        except Refused as error:
            if begun:  # else the error is the response
                yield _event(error.event)
            raise
        if self.marks:
            yield b"".join(map(_mark, stream.marks[sent:]))
        yield _event(_DONE)


def _mark(mark: Mark) -> bytes:
    return _event({"type": "speech.audio.mark", "start": mark.start, "end": mark.end, "at_s": mark.at_s})


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(content) + b"\n\n"
