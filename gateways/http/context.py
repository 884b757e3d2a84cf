"""What all routes of the HTTP gateway share."""

from dataclasses import dataclass

from aiohttp import web

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.gateways import voices
from steadyvoice.ipc.gateway_settings import Http
from steadyvoice.ipc.messages import VoiceInfo

_OPENAI_VOICES = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip


@dataclass(frozen=True)
class Context:
    """The connection to the daemon, and the settings. Handlers get it by ``request.app[CONTEXT]``."""

    daemon: AsyncClient
    settings: Http

    async def voices(self) -> list[VoiceInfo]:
        """The daemon's voices. DaemonUnreachable."""
        return await self.daemon.voices()

    async def voice(self, wanted: str) -> VoiceInfo | None:
        """The installed voice for a client's name: its own, a configured alias, or one of OpenAI's names, which stand
        for the default voice. "": the default voice. None if there is none.
        """
        known = await self.voices()
        if not wanted:
            return voices.default(known)
        found = voices.named(wanted, known, self.settings.voices)
        return found or (voices.default(known) if wanted.casefold() in _OPENAI_VOICES else None)


CONTEXT = web.AppKey("context", Context)
