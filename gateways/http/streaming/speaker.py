"""One context: its utterances, one after the other, from text to audio."""

import asyncio
import contextlib
import logging
from collections import deque
from typing import Final, Protocol

from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.gateways.http.encoding.encoders import Encoding
from steadyvoice.gateways.http.encoding.formats import Format
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import End, Failure, Say, Word
from steadyvoice.gateways.http.streaming.failure import failure_of
from steadyvoice.gateways.http.streaming.transcript import CUT, Span, Transcript
from steadyvoice.ipc.errors import SteadyvoiceError

log = logging.getLogger("svgate")
_PAUSE_S: Final = 5.0
"""An utterance without new text for so long is finished, and leaves its place in the daemon to others."""


class Outlet(Protocol):
    """Where a speaker gets its utterances, and where its audio goes. Sending waits while the client reads nothing."""

    wants_words: bool

    async def open(self, speech: Speech, text: str) -> AsyncStream:
        """An utterance that begins with this text."""

    async def encoding(self, format: Format) -> Encoding: ...

    async def audio(self, speaker: "Speaker", data: bytes) -> None: ...

    async def words(self, speaker: "Speaker", words: list[Word]) -> None: ...

    def paused(self, speaker: "Speaker") -> None: ...

    async def ended(self, speaker: "Speaker", end: End) -> None: ...

    async def failed(self, speaker: "Speaker", failure: Failure) -> None: ...


class Speaker:
    """A context that is open. ``say`` and ``end`` only queue; ``cancel`` silences it at once."""

    def __init__(self, context: str, outlet: Outlet) -> None:
        self.context = context
        self.is_live = True
        """Neither ended nor failed nor cancelled. Only then is something sent for it."""
        self.waiting_chars = 0
        """Characters that the daemon has not been given."""
        self._outlet = outlet
        self._todo: deque[Say | End] = deque()
        self._more = asyncio.Event()
        self._stream: AsyncStream | None = None
        self._said_s = 0.0
        """Seconds of audio of the utterances before this one."""
        self._task = asyncio.create_task(self._run())

    @property
    def is_busy(self) -> bool:
        return self._stream is not None or bool(self._todo)

    def say(self, say: Say) -> None:
        self.waiting_chars += len(say.text)
        self._todo.append(say)
        self._more.set()

    def end(self, end: End) -> None:
        self._todo.append(end)
        self._more.set()

    async def heard(self, seconds: float) -> None:
        """The listener has heard this much of the context."""
        if (stream := self._stream) is not None and stream.sample_rate:
            with contextlib.suppress(SteadyvoiceError):  # the utterance ends with it, and is reported then
                await stream.report_position(max(0, int((seconds - self._said_s) * stream.sample_rate)))

    def cancel(self) -> None:
        self.is_live = False
        self._release()
        self._task.cancel()

    def _release(self) -> None:
        """Give up the utterance; the daemon cancels it unless it has finished."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def _run(self) -> None:
        try:
            while self.is_live:
                await self._has_more()
                first = self._todo[0]
                if isinstance(first, End):
                    self._todo.popleft()
                    self.is_live = bool(self._todo) or not first.last
                    await self._outlet.ended(self, first)
                elif first.text.isspace() or not first.text:  # nothing to open an utterance for
                    self._todo.popleft()
                    self.waiting_chars -= len(first.text)
                else:
                    await self._utterance(first.speech)
        except Exception as error:
            if not isinstance(error, SteadyvoiceError):  # a fault of this program: the other contexts go on
                log.exception("a context of a WebSocket failed")
            if self.is_live:
                self.is_live = False
                await self._outlet.failed(self, failure_of(error))

    async def _has_more(self) -> None:
        while not self._todo:
            self._more.clear()
            await self._more.wait()

    async def _utterance(self, speech: Speech) -> None:
        """Speak the text up to an ``End``, to a change of the voice, or to a pause."""
        into = await self._outlet.encoding(speech.format)
        transcript = Transcript()
        try:
            self._stream = stream = await self._outlet.open(speech, self._next_text(transcript, speech))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._feed(stream, transcript, speech))
                tasks.create_task(self._pump(stream, into))
                if self._outlet.wants_words:
                    tasks.create_task(self._mark(stream, transcript))
        except BaseExceptionGroup as group:
            if (known := group.subgroup(SteadyvoiceError)) is None:
                raise
            raise _first(known) from None
        finally:
            into.close()
            self._release()
        assert stream.finished is not None
        self._said_s += stream.finished.duration_s
        is_whole = stream.finished.reason == "done"  # another program may have stopped it
        if self._outlet.wants_words and is_whole and (rest := transcript.rest(self._said_s)):
            await self._outlet.words(self, rest)
        if not self._todo:
            self._outlet.paused(self)

    async def _feed(self, stream: AsyncStream, transcript: Transcript, speech: Speech) -> None:
        """Pass the text on, as much at a time as has arrived."""
        with contextlib.suppress(TimeoutError):
            while not self._todo or (isinstance(say := self._todo[0], Say) and say.speech == speech):
                async with asyncio.timeout(_PAUSE_S):
                    await self._has_more()
                if text := self._next_text(transcript, speech):
                    await stream.append(text)
        await stream.finish()

    def _next_text(self, transcript: Transcript, speech: Speech) -> str:
        text = []
        while self._todo and isinstance(say := self._todo[0], Say) and say.speech == speech:
            self._todo.popleft()
            self.waiting_chars -= len(say.text)
            text.append(say.text)
            transcript.add(say.text)
            if say.now:
                text.append(CUT)
                transcript.cut()
        return "".join(text)

    async def _pump(self, stream: AsyncStream, into: Encoding) -> None:
        while samples := await stream.read():
            if audio := await into.encode(samples):
                await self._outlet.audio(self, audio)
        if audio := await into.finish():
            await self._outlet.audio(self, audio)

    async def _mark(self, stream: AsyncStream, transcript: Transcript) -> None:
        """Report the words that the daemon has marked, all that have come at a time."""
        seen = 0
        async for _ in stream.events():
            marks, seen = stream.marks[seen:], len(stream.marks)
            words = transcript.take(Span(m.start, m.end, self._said_s + m.at_s) for m in marks if not m.name)
            if words:
                await self._outlet.words(self, words)


def _first(group: BaseExceptionGroup[SteadyvoiceError]) -> SteadyvoiceError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, SteadyvoiceError)
    return error
