"""Where a listener's blocks come from: the daemon's own socket, and what the gateways' protocols have in common."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.errors import RequestRefused
from steadyvoice.client.svctl.bench.daemon import BenchFailed
from steadyvoice.ipc.errors import SteadyvoiceError


class TurnedAway(SteadyvoiceError):
    """The service is full, or takes no such request: nothing is spoken."""


class Block(NamedTuple):
    """A piece of sound. Monotonic seconds."""

    made: float
    """When it could be taken: for the native socket, when the last stage had finished it; else when it came."""
    seconds: float


class Source(Protocol):
    is_paced: bool
    """A block is taken when the one before has been played; else as soon as it comes, as clients of the network do."""

    def blocks(self, text: str) -> AsyncGenerator[Block, None]:
        """Of one request; closing the iterator cancels it. TurnedAway; OSError, SteadyvoiceError if it fails."""


class Native:
    """The daemon's socket, with samples in shared memory."""

    is_paced = True

    def __init__(self, client: AsyncClient, voice: str, *, is_paced: bool = True) -> None:
        self._client, self._voice, self.is_paced = client, voice, is_paced

    async def blocks(self, text: str) -> AsyncGenerator[Block, None]:
        try:
            stream = await (self._client.stream(text, voice=self._voice) if self._voice else self._client.stream(text))
        except RequestRefused as error:
            raise TurnedAway(str(error)) from error
        try:
            async for block in stream:
                yield Block(max(stream.history) / 1e9, len(block) / stream.sample_rate)
        finally:
            stream.close()


def host_and_port(address: str) -> tuple[str, int]:
    """BenchFailed unless it is HOST:PORT."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise BenchFailed(f"{address!r} is no address; give HOST:PORT, such as localhost:8880")
    return host.strip("[]"), int(port)


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close the connection, whatever its state."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def came(sound: int, rate: int) -> Block:
    """Bytes of 16-bit samples that have just come."""
    return Block(time.monotonic(), sound / 2 / rate)
