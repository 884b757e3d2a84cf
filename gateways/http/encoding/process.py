"""The gateway's side of one encoding process."""

import asyncio
import contextlib
import itertools
import socket
from typing import Final, Self

import msgspec

from steadyvoice.gateways.http.encoding import messages
from steadyvoice.gateways.http.encoding.messages import Opening
from steadyvoice.ipc import child
from steadyvoice.ipc.errors import SteadyvoiceError

_MODULE: Final = "steadyvoice.gateways.http.encoding.worker"
_REPLY_S: Final = 5.0
"""Seconds after which a process that does not answer is killed."""
_EXIT_S: Final = 1.0


class EncoderFailed(SteadyvoiceError):
    """The audio could not be encoded. Fail its response; the next one gets a new process if this one has ended."""


class EncodingProcess:
    """A process, and the replies that it owes. When it ends, all its streams fail."""

    def __init__(self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._process, self._reader, self._writer = process, reader, writer
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[bytes]] = {}
        self.has_ended = False
        self._task = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def start(cls) -> Self:
        """EncoderFailed."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *child.command(_MODULE), stdin=theirs.fileno(), env=child.environment()
                )
            reader, writer = await asyncio.open_unix_connection(sock=ours)
        except OSError as error:
            ours.close()
            raise EncoderFailed(f"the encoding process cannot be started: {error.strerror}") from error
        return cls(process, reader, writer)

    async def open(self, opening: Opening) -> int:
        """A new stream's number. EncoderFailed."""
        stream = next(self._numbers)
        try:
            await self.request(stream, messages.OPEN, msgspec.json.encode(opening))
        except BaseException:
            self.forget(stream)
            raise
        return stream

    async def request(self, stream: int, kind: int, content: bytes = b"") -> bytes:
        """The bytes of the reply. EncoderFailed."""
        if self.has_ended:
            raise _ended()
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._replies[stream] = reply
        try:
            self._writer.write(messages.message(stream, kind, content))
            async with asyncio.timeout(_REPLY_S):
                return await reply
        except TimeoutError:
            self.has_ended = True  # at once: the next request starts another process
            self._kill()
            raise EncoderFailed("the encoding process does not answer; it was ended") from None
        finally:
            self._replies.pop(stream, None)

    def forget(self, stream: int) -> None:
        if not self.has_ended:
            self._writer.write(messages.message(stream, messages.CLOSE, b""))

    async def close(self) -> None:
        """End the process."""
        self._writer.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_S):
                await self._process.wait()
        self._kill()
        await self._task

    async def _read(self) -> None:
        try:
            while True:
                stream, kind, length = messages.HEADER.unpack(await self._reader.readexactly(messages.HEADER.size))
                content = await self._reader.readexactly(length)
                reply = self._replies.get(stream)
                if reply is None or reply.done():
                    continue  # its response was given up
                if kind == messages.DONE:
                    reply.set_result(content)
                else:
                    reply.set_exception(EncoderFailed(f"cannot encode: {content.decode(errors='replace')}"))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.has_ended = True
            self._writer.close()
            self._kill()
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(_ended())

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


def _ended() -> EncoderFailed:
    return EncoderFailed("the encoding process has ended")
