"""Encodings of responses. PCM and WAV are made here; the others in a process that is started at the first need."""

import asyncio
import contextlib
from typing import Final, Protocol

from steadyvoice.client.svctl.files.wav import Wav
from steadyvoice.gateways.http.encoding import formats, messages
from steadyvoice.gateways.http.encoding.messages import Opening
from steadyvoice.gateways.http.encoding.process import EncoderFailed, EncodingProcess

BIT_RATE: Final = 64
"""Kilobits a second; speech at 24 kHz gains nothing from more."""


class Encoding(Protocol):
    """One response. Give it the samples in order, int16 little-endian; ``close`` it in any case."""

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

    async def open(self, format: str, sample_rate: int, bit_rate: int = BIT_RATE) -> Encoding:
        """format: a name of ``formats.FORMATS``. bit_rate: kilobits a second, of mp3 and aac.

        NotInstalled with the command that installs its package; EncoderFailed.
        """
        formats.known(format)
        if format == "pcm":
            return Plain()
        if format == "wav":
            return Plain(b"".join(data for _, data in Wav(sample_rate).begin()))
        process = await self._running()
        return Remote(process, await process.open(Opening(format, sample_rate, bit_rate)))

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
