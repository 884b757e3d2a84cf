"""The daemon's voices, also while the daemon is not ready."""

import asyncio
import contextlib
import os
from typing import Final

import msgspec

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.gateways.wyoming.info import DEFAULT
from steadyvoice.ipc import paths
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.messages import VoiceInfo

_FILE: Final = "wyoming-voices.json"
_WAIT_S: Final = 0.6
"""Home Assistant waits 1 s for the list, and reads it only when it starts."""


class Catalogue:
    """The voices, as last seen. The list is kept in the cache, for the start of a machine: Home Assistant may ask while
    the daemon still loads its models.
    """

    def __init__(self, daemon: AsyncClient) -> None:
        self._daemon = daemon
        self._seen: list[VoiceInfo] = []
        self._refreshing: asyncio.Task[list[VoiceInfo]] | None = None

    async def current(self) -> list[VoiceInfo]:
        """The voices; waits until the daemon is ready. DaemonUnreachable."""
        return await asyncio.shield(self._refresh())

    async def at_once(self) -> list[VoiceInfo]:
        """The voices, or those last seen if the daemon does not answer soon."""
        task = self._refresh()
        await asyncio.wait({task}, timeout=_WAIT_S)
        if task.done() and task.exception() is None:
            return task.result()
        return self._seen or _read() or [DEFAULT]

    def seen(self) -> list[VoiceInfo]:
        """Those that the daemon has listed before."""
        return self._seen

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})

    def _refresh(self) -> asyncio.Task[list[VoiceInfo]]:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._ask())
            self._refreshing.add_done_callback(_retrieved)
        return self._refreshing

    async def _ask(self) -> list[VoiceInfo]:
        voices = await self._daemon.voices()
        if voices != self._seen:
            self._seen = voices
            _write(voices)
        return voices


def _retrieved(task: asyncio.Task[list[VoiceInfo]]) -> None:
    """``at_once`` may have given up waiting for it."""
    if not task.cancelled():
        task.exception()


def _read() -> list[VoiceInfo]:
    with contextlib.suppress(OSError, SteadyvoiceError, msgspec.MsgspecError):
        return msgspec.json.decode((paths.cache() / _FILE).read_bytes(), type=list[VoiceInfo])
    return []


def _write(voices: list[VoiceInfo]) -> None:
    with contextlib.suppress(OSError, SteadyvoiceError):  # a convenience
        file = paths.cache() / _FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{_FILE}.{os.getpid()}")
        part.write_bytes(msgspec.json.encode(voices))
        part.replace(file)
