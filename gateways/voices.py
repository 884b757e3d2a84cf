"""Which of the daemon's voices a client gets for the name or the language that it asks for. Pure."""

from collections.abc import Iterable, Mapping

from steadyvoice.ipc.messages import VoiceInfo


def named(wanted: str, voices: Iterable[VoiceInfo], aliases: Mapping[str, str]) -> VoiceInfo | None:
    """The installed voice of this name or alias, in any case; None if there is none. aliases: name to voice."""
    installed = {voice.name.casefold(): voice for voice in voices if voice.installed}
    known = {alias.casefold(): name.casefold() for alias, name in aliases.items()}
    name = wanted.casefold()
    return installed.get(name) or installed.get(known.get(name, ""))


def default(voices: Iterable[VoiceInfo]) -> VoiceInfo | None:
    """The daemon's default voice; None if no voice is installed."""
    return next((voice for voice in voices if voice.default and voice.installed), None)


def speaking(language: str, voices: Iterable[VoiceInfo]) -> VoiceInfo | None:
    """The best installed voice for a language such as ``en``, ``en-GB`` or ``en_gb``; None if no voice speaks it.

    The same region first, then the daemon's default voice, then the first voice of the language.
    """
    wanted = language.replace("_", "-").casefold()
    root = wanted.partition("-")[0]
    found = [v for v in voices if v.installed and v.language.casefold().partition("-")[0] == root]
    return min(found, key=lambda v: (v.language.casefold() != wanted, not v.default), default=None)
