"""How a segment is spoken: what SSML asks for, within what the utterance and its engine allow."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines.engine import Voice
from steadyvoice.workers.text.lexicon.tables import is_language
from steadyvoice.workers.text.ssml.items import Style

# What ``speak`` accepts; see daemon/control/checks.py.
_RATES: Final = (0.5, 2.0)
_MAX_VOLUME: Final = 2.0
_MAX_PITCH: Final = 24.0
NO_LANGUAGE: Final = "zxx"
"""Of a voice that the engine does not know."""
_UNDETERMINED: Final = frozenset(("und", "mul", NO_LANGUAGE))


class ChosenStyle(NamedTuple):
    voice: str
    language: str
    """BCP 47, of the voice."""
    rate: float
    gain: float
    """Factor on the utterance's volume."""
    pitch: float
    """Semitones added to the utterance's pitch."""
    note: str
    """What was asked for and cannot be had, as one line."""
    unread: str
    """BCP 47: the language asked for, if no voice of the engine reads it; else empty."""


def usable(spec: UtteranceSpec, voices: Mapping[str, Voice]) -> dict[str, Voice]:
    """Those of an engine's voices, by name, that may speak segments of the utterance."""
    return {name: each for name, each in voices.items() if each.installed and each.sample_rate == spec.voice_rate}


def choose(style: Style, spec: UtteranceSpec, language: str, voices: Mapping[str, Voice]) -> ChosenStyle:
    """language: of the utterance's voice. voices: of its engine, by name."""
    low, high = _RATES
    voice, note, unread = _voice(style, spec, language, voices)
    return ChosenStyle(
        voice,
        language if voice == spec.voice else voices[voice].language,
        min(max(spec.rate * style.rate, low), high),
        min(style.volume, _MAX_VOLUME / spec.volume) if spec.volume else 1.0,
        min(max(spec.pitch + style.pitch, -_MAX_PITCH), _MAX_PITCH) - spec.pitch,
        note,
        unread,
    )


def _voice(style: Style, spec: UtteranceSpec, own: str, voices: Mapping[str, Voice]) -> tuple[str, str, str]:
    """The voice's name, a note where it is not what was asked for, and the language that no voice reads."""
    possible = usable(spec, voices)
    for name in style.voices:
        if name in possible:
            return name, "", ""
    note = f"the voice {style.voices[0][:40]!r} is no other voice of {spec.engine}" if style.voices else ""
    if not style.language or _matches(own, style.language):
        return spec.voice, note, ""
    if not is_language(style.language):
        return spec.voice, note or f"{style.language[:20]!r} is no language, such as en or en-GB", ""
    base = style.language.partition("-")[0]
    for wanted in (style.language, base):
        for name, each in possible.items():
            if _matches(each.language, wanted):
                return name, note, ""
        if _matches(own, base):
            return spec.voice, note, ""
    is_determined = _UNDETERMINED.isdisjoint((own.lower(), base.lower()))
    return spec.voice, note, style.language if is_determined else ""


def _matches(language: str, wanted: str) -> bool:
    return f"{language.lower()}-".startswith(f"{wanted.lower()}-")
