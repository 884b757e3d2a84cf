"""Speech as server-sent events, as OpenAI sends it for ``"stream_format": "sse"``."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.ipc.messages import Mark

CONTENT_TYPE: Final = "text/event-stream"
_DONE: Final = {
    "type": "speech.audio.done",
    "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},  # nothing is counted in tokens here
}


async def events(parts: AsyncIterator[bytes], stream: AsyncStream, marks: bool) -> AsyncIterator[bytes]:
    """parts: of the response in its format. marks: also an event for each word, as its samples are sent."""
    sent = 0
    async for data in parts:
        yield b'data: {"type":"speech.audio.delta","audio":"' + b64encode(data) + b'"}\n\n'
        if marks and (new := stream.marks[sent:]):
            sent += len(new)
            yield b"".join(map(_mark, new))
    if marks:
        yield b"".join(map(_mark, stream.marks[sent:]))
    yield _event(_DONE)


def _mark(mark: Mark) -> bytes:
    return _event({"type": "speech.audio.mark", "start": mark.start, "end": mark.end, "at_s": mark.at_s})


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(content) + b"\n\n"
