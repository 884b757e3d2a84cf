"""A segment in another language than its voice's: a voice that is configured for it speaks it, else it is left out."""

from collections.abc import Mapping
from typing import Final

from steadyvoice.ipc.language_names import base
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines.engine import Voice
from steadyvoice.workers.generation.chosen_style import ChosenStyle, usable
from steadyvoice.workers.text.unread import unread_language

_AUTO: Final = "auto"


def in_its_language(
    text: str,
    style: ChosenStyle,
    before: str,
    spec: UtteranceSpec,
    voices: Mapping[str, Voice],
    configured: Mapping[str, str],
) -> tuple[ChosenStyle, str]:
    """The style with the voice that speaks the segment, and the segment's language if it is not that of ``style``.

    before: that language of the segment before; "" at the beginning. voices: of the utterance's engine, by name.
    configured: the voice for a language, or "auto" for the engine's first. ``unread`` of the result is the language if
    there is no such voice. Equal arguments give equal results.
    """
    found = unread_language(text, style.language, before, named=style.unread)
    voice = _speaker(found, configured.get(found, ""), usable(spec, voices)) if found else None
    if voice is None:
        return style._replace(unread=found), found
    return style._replace(voice=voice.name, language=voice.language, unread=""), found


def _speaker(language: str, wanted: str, voices: Mapping[str, Voice]) -> Voice | None:
    if wanted == _AUTO:
        return next((voice for voice in voices.values() if base(voice.language) == language), None)
    return voices.get(wanted)
