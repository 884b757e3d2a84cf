"""What the gateway says of itself, and the voice for a request. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from wyoming.info import Attribution, Info, TtsProgram, TtsVoice

from steadyvoice import __version__
from steadyvoice.gateways import voices
from steadyvoice.gateways.wyoming.events import Voice
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.messages import VoiceInfo

DEFAULT: Final = VoiceInfo("default", "en-US", 24000, "", True, "", True)
"""Stands for the daemon's default voice where its voices are not known yet."""
_PIPER: Final = re.compile(r"([a-z]{2,3})[_-]([A-Za-z]{2})\b")
"""The beginning of a Piper voice's name, such as ``en_US-lessac-medium``: its language."""


def describe(known: Sequence[VoiceInfo]) -> Info:
    """The event ``info``. Only installed voices: Home Assistant offers no others."""
    installed = sorted((voice for voice in known if voice.installed), key=lambda voice: not voice.default)
    return Info(
        tts=[
            TtsProgram(
                name="steadyvoice",
                description="Steadyvoice, a local speech engine",
                attribution=Attribution(name="Steadyvoice", url=""),
                installed=True,
                version=__version__,
                voices=[_voice(voice) for voice in installed],
                supports_synthesize_streaming=True,
            )
        ]
    )


def _voice(voice: VoiceInfo) -> TtsVoice:
    return TtsVoice(
        name=voice.name,
        description=voice.name,
        attribution=Attribution(name=f"{voice.engine or 'Steadyvoice'} ({voice.licence or 'licence unknown'})", url=""),
        installed=True,
        version=__version__,
        languages=[language(voice.language)],
    )


def language(tag: str) -> str:
    """A BCP 47 tag as wyoming-piper writes it, and Home Assistant compares it: ``en_US``."""
    root, *rest = tag.split("-")
    return "_".join([root.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def is_default(wanted: Voice | None) -> bool:
    """Whether the daemon's default voice is asked for, without a look at the list."""
    return wanted is None or not (wanted.name or wanted.speaker or wanted.language) or wanted.name == DEFAULT.name


def choose(wanted: Voice, known: Sequence[VoiceInfo]) -> VoiceInfo:
    """The voice by its name or its speaker's; else one of the language asked for, or of the language in the name of a
    Piper voice, which the gateway may have replaced. RequestRefused if there is none.
    """
    for name in filter(None, (wanted.name, wanted.speaker)):
        if found := voices.named(name, known, {}):
            return found
    piper = _PIPER.match(wanted.name or "")
    for tag in filter(None, (wanted.language, "-".join(piper.groups()) if piper else None)):
        if found := voices.speaking(tag, known):
            return found
    names = ", ".join(voice.name for voice in known if voice.installed)
    asked = wanted.name or wanted.speaker or f"of the language {wanted.language}"
    raise RequestRefused("unknown_voice", f"there is no voice {asked!r}; there are: {names}")
