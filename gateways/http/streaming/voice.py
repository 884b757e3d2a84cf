"""The voice for what a client asks for."""

from steadyvoice.gateways import voices
from steadyvoice.gateways.http.context import Context
from steadyvoice.ipc.errors import SteadyvoiceError


class UnknownVoice(SteadyvoiceError):
    """No voice has this name. Ask for one that the message names."""


async def name_of(context: Context, wanted: str, language: str) -> str:
    """The daemon's name of a voice; "": its default voice. UnknownVoice, DaemonUnreachable.

    wanted: a voice or an alias; empty: the best voice that speaks ``language``, else the default voice.
    """
    if not wanted:
        best = voices.speaking(language, await context.voices.all()) if language else None
        return "" if best is None or best.default else best.name
    name = await context.voices.name(wanted)
    if name is None:
        known = ", ".join(voice.name for voice in await context.voices.all() if voice.installed)
        raise UnknownVoice(f"there is no voice {wanted[:40]!r}; there are: {known}")
    return name
