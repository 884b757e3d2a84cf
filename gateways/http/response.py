"""A response with speech: generated as fast as the client reads, begun with the first sample, cut if it fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from aiohttp import web

from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.gateways.http import guard, limits
from steadyvoice.gateways.http.context import CONTEXT, Context
from steadyvoice.gateways.http.encoding import formats
from steadyvoice.gateways.http.encoding.encoders import Encoding
from steadyvoice.gateways.http.errors import ERROR_FIELD, Refused, refusal
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.ipc.errors import RequestRefused, SteadyvoiceError

_BATCH_BYTES: Final = 1 << 14
_SUBMIT_S: Final = 8.0
"""Seconds to wait for a daemon that is starting; then the client is asked to come back."""
_RATES: Final = (0.5, 2.0)
"""The least and the greatest rate that ``speak`` takes."""


class Framing(Protocol):
    """How a response carries the bytes of its format, other than as they are."""

    content_type: ClassVar[str]

    def parts(self, parts: AsyncIterator[bytes], stream: AsyncStream) -> AsyncIterator[bytes]:
        """parts: of the response in its format."""


@dataclass(frozen=True)
class Wanted:
    """What a request asks for."""

    text: str
    speech: Speech
    framing: Framing | None = None
    from_sample: int | None = None
    """The response begins at this sample of the speech, at the rate of its format. None: the client knows no such
    field."""
    from_char: int = 0
    """The speech begins with the segment that has this character of the text."""


async def speak(request: web.Request, wanted: Wanted) -> web.StreamResponse:
    """Speak to the client. Cancelling the task, which is what its disconnection does, cancels the speech.

    A SteadyvoiceError before the first sample, and later: the guard answers with it, or cuts the connection.
    """
    context, format = request.app[CONTEXT], wanted.speech.format
    formats.check(format.encoding)
    async with contextlib.AsyncExitStack() as cleanup:
        stream = await _submitted(context, wanted, request)
        cleanup.callback(stream.close)
        encoding = await context.encoders.open(format)
        cleanup.callback(encoding.close)
        parts, content_type = _encoded(stream, encoding, wanted), format.content_type
        if wanted.framing is not None:
            parts, content_type = wanted.framing.parts(parts, stream), wanted.framing.content_type
        return await _send(request, content_type, parts, has_trailer=_takes_trailer(request, wanted))


def _takes_trailer(request: web.Request, wanted: Wanted) -> bool:
    """The client knows that speech may end early, and how HTTP can say so (RFC 9110, 6.5.1): others would take a part
    for the whole."""
    return wanted.from_sample is not None and "trailers" in request.headers.get("TE", "").casefold()


async def _submitted(context: Context, wanted: Wanted, request: web.Request) -> AsyncStream:
    try:
        async with asyncio.timeout(_SUBMIT_S):
            try:
                return await _submit(context, wanted, request)
            except RequestRefused as error:
                if error.code not in ("unknown_voice", "voice_not_installed"):
                    raise
                context.voices.forget()
                return await _submit(context, wanted, request)
    except TimeoutError as error:
        raise Refused(503, "not_ready", "the speech engine is starting; try again soon", retry=True) from error


async def _submit(context: Context, wanted: Wanted, request: web.Request) -> AsyncStream:
    speech = wanted.speech
    voice = await context.voices.chosen(speech.voice, speech.language)
    least, most = _RATES
    return await context.daemon.stream(
        wanted.text,
        voice=voice,
        rate=min(max(speech.rate, least), most),
        volume=speech.volume,
        format=speech.format.samples,
        sample_rate=speech.format.rate,
        from_sample=wanted.from_sample or 0,
        from_char=wanted.from_char,
        user=guard.user(request),
        traceparent=guard.traceparent(request),
    )


async def _encoded(stream: AsyncStream, encoding: Encoding, wanted: Wanted) -> AsyncIterator[bytes]:
    """A failure after the first sample says at which one the audio ended."""
    first = sample = wanted.from_sample or 0
    sample_bytes = 4 if wanted.speech.format.samples == "f32" else 2
    try:
        while samples := await _batch(stream):
            if data := await encoding.encode(samples):
                yield data
            sample += len(samples) // sample_bytes
        if stream.finished is not None and stream.finished.reason != "done":
            raise Refused(503, "cancelled", "the speech was cancelled by another program")
        if data := await encoding.finish():
            yield data
    except SteadyvoiceError as error:
        if sample == first:
            raise
        raise refusal(error).after(sample) from error


async def _batch(stream: AsyncStream) -> bytes:
    """The samples that are there, at least one block: fewer and larger writes. b"" at the end."""
    blocks = [await stream.read()]
    size = len(blocks[0])
    while size < _BATCH_BYTES and (block := stream.take_bytes()):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


async def _send(
    request: web.Request, content_type: str, parts: AsyncIterator[bytes], *, has_trailer: bool
) -> web.StreamResponse:
    """has_trailer: of an error after the first sample a trailer field tells, before the connection is cut."""
    response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-store"})
    if has_trailer:
        response.headers["Trailer"] = ERROR_FIELD
    try:
        async for data in parts:
            if not response.prepared:
                await response.prepare(request)
            await _write(request, response, data)
    except Refused as error:
        if has_trailer and response.prepared and request.transport is not None:
            request.transport.write(b"0\r\n" + error.trailer + b"\r\n\r\n")  # aiohttp has no trailers
        raise
    await response.prepare(request)  # in case there was no sample
    await response.write_eof()
    return response


async def _write(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    try:
        async with asyncio.timeout(limits.WRITE_S):
            await response.write(data)
    except TimeoutError as error:  # the client reads no more, and its socket stays open
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the client stopped reading") from error
