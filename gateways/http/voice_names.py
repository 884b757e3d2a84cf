"""The voice that a client gets for the name that it asks for."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from steadyvoice.gateways import voices
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.messages import VoiceInfo

OPENAI_VOICES: Final = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
"""OpenAI's names, which stand for the default voice unless a voice or an alias has the name."""


class UnknownVoice(SteadyvoiceError):
    """No voice has this name. Ask for one that the message names."""


def choose(wanted: str, known: list[VoiceInfo], aliases: Mapping[str, str]) -> str | None:
    """The daemon's name of the voice; "": its default voice; None: there is none of this name. Pure."""
    if not wanted:
        return ""
    found = voices.named(wanted, known, aliases)
    if found is not None:
        return found.name
    return "" if wanted.casefold() in OPENAI_VOICES else None


class Catalogue:
    """The daemon's voices, remembered so that a request to speak asks for them only where its name is not known."""

    def __init__(self, ask: Callable[[], Awaitable[list[VoiceInfo]]], aliases: Mapping[str, str]) -> None:
        self._ask, self._aliases = ask, aliases
        self._known: list[VoiceInfo] = []

    async def all(self) -> list[VoiceInfo]:
        """The voices as they are now. DaemonUnreachable."""
        self._known = await self._ask()
        return self._known

    async def name(self, wanted: str) -> str | None:
        """The daemon's name for a client's: that of a voice, an alias of the settings, or one of OpenAI's names.

        "": the daemon's default voice. None: there is no such voice. DaemonUnreachable.
        """
        name = choose(wanted, self._known, self._aliases) if self._known or not wanted else None
        return name if name is not None else choose(wanted, await self.all(), self._aliases)

    async def chosen(self, wanted: str, language: str = "") -> str:
        """The daemon's name of the voice to speak with; "": its default voice. UnknownVoice, DaemonUnreachable.

        wanted: as above; empty: the best voice that speaks ``language``, else the default voice.
        """
        if not wanted:
            best = voices.speaking(language, await self.all()) if language else None
            return "" if best is None or best.default else best.name
        name = await self.name(wanted)
        if name is None:
            known = ", ".join(sorted(voice.name for voice in await self.all() if voice.installed))
            raise UnknownVoice(f"there is no voice {wanted[:100]!r}; there are: {known[:1000]}")
        return name

    async def voice(self, wanted: str) -> VoiceInfo | None:
        """The voice itself, for protocols that need its language or sample rate. None: there is none."""
        name = await self.name(wanted)
        if name is None:
            return None
        known = self._known or await self.all()
        return voices.named(name, known, {}) if name else voices.default(known)

    def forget(self) -> None:
        """The daemon refused a name from here: ask again at the next request."""
        self._known = []
