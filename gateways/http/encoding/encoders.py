"""Encodings of responses. Samples are made here; all others in a process that is started at the first need."""

import asyncio
import contextlib
from array import array
from collections.abc import Callable
from typing import Final, Protocol

from steadyvoice.client.svctl.files import wav
from steadyvoice.gateways.http.encoding import formats, g711, messages
from steadyvoice.gateways.http.encoding.formats import Format, Kind
from steadyvoice.gateways.http.encoding.messages import Opening
from steadyvoice.gateways.http.encoding.process import EncoderFailed, EncodingProcess

_BIT_RATES: Final[dict[Kind, int]] = {"mp3": 64, "aac": 64}
"""Kilobits a second; speech at 24 kHz gains nothing from more."""
_WAV: Final[dict[Kind, tuple[int, int]]] = {"s16": (1, 2), "f32": (3, 4), "mulaw": (7, 1), "alaw": (6, 1)}
"""The tag of the encoding in a WAV file, and the bytes of a sample. Source: RFC 2361."""


class Encoding(Protocol):
    """One response. Give it the samples of ``Format.samples`` in order; ``close`` it in any case."""

    async def encode(self, samples: bytes) -> bytes:
        """The bytes that are complete, which may be none. EncoderFailed."""

    async def finish(self) -> bytes:
        """The last bytes. EncoderFailed."""

    def close(self) -> None: ...


class Plain:
    """Samples as they are, after a header if there is one."""

    def __init__(self, header: bytes = b"") -> None:
        self._header = header

    async def encode(self, samples: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + samples if header else samples

    async def finish(self) -> bytes:
        return self._header

    def close(self) -> None: ...


class Companded(Plain):
    """G.711: one byte a sample."""

    def __init__(self, compand: Callable[[int], int], header: bytes = b"") -> None:
        super().__init__(header)
        self._table = g711.table(compand)

    async def encode(self, samples: bytes) -> bytes:
        return await super().encode(bytes(map(self._table.__getitem__, array("h", samples))))


class Remote:
    """A stream of the encoding process."""

    def __init__(self, process: EncodingProcess, stream: int) -> None:
        self._process, self._stream = process, stream
        self._is_open = True

    async def encode(self, samples: bytes) -> bytes:
        return await self._process.request(self._stream, messages.ENCODE, samples)

    async def finish(self) -> bytes:
        self._is_open = False
        return await self._process.request(self._stream, messages.FINISH)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._process.forget(self._stream)


class Encoders:
    """Opens encodings. One process encodes all streams; it is replaced when it has ended."""

    def __init__(self) -> None:
        self._process: asyncio.Task[EncodingProcess] | None = None

    async def open(self, format: Format) -> Encoding:
        """NotInstalled with the command that installs its package; EncoderFailed."""
        kind = format.encoding
        formats.check(kind)
        header = wav.header(format.rate, *_WAV[kind]) if format.wav else b""
        if kind in ("s16", "f32"):
            return Plain(header)
        if kind in ("mulaw", "alaw"):
            return Companded(g711.mulaw if kind == "mulaw" else g711.alaw, header)
        opening = Opening(kind, format.rate, format.kbps or _BIT_RATES.get(kind, 0))
        process = await self._running()
        try:
            return Remote(process, await process.open(opening))
        except EncoderFailed:
            if not process.has_ended:
                raise
        process = await self._running()  # the last one ended under another response
        return Remote(process, await process.open(opening))

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with contextlib.suppress(EncoderFailed):
                await (await self._process).close()

    async def _running(self) -> EncodingProcess:
        """The process; all requests that need it wait for one start, which goes on if one of them is cancelled."""
        task = self._process
        if task is None or (task.done() and (task.exception() or task.result().has_ended)):
            task = self._process = asyncio.get_running_loop().create_task(EncodingProcess.start())
        return await asyncio.shield(task)
