"""The voices that are configured for languages other than an utterance's: why one is never used. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from steadyvoice.daemon.default_voice import absence
from steadyvoice.ipc import language_names
from steadyvoice.ipc.stage_protocol import VoiceMeta

AUTO = "auto"
"""In place of a voice: the first one of the utterance's engine that has the language."""


def unknown(configured: Mapping[str, str]) -> list[str]:
    """One line for each language in which no text is ever found to be."""
    known = ", ".join(language_names.DETECTED)
    return [
        f"{language!r} in [languages] is none of the languages that a text is found to be in: {known}"
        for language in configured
        if language not in language_names.DETECTED
    ]


def unused(configured: Mapping[str, str], voices: Sequence[VoiceMeta]) -> list[str]:
    """The same, and one line for each voice with which no utterance can continue."""
    return [*unknown(configured), *_unused(configured, voices)]


def _unused(configured: Mapping[str, str], voices: Sequence[VoiceMeta]) -> Iterator[str]:
    for language, name in configured.items():
        if name == AUTO:
            continue
        what = f"the voice {name!r} for {language!r} in [languages] is left out"
        voice = next((each for each in voices if each.name == name), None)
        if voice is None or not voice.installed:
            yield f"{what}: {absence(name, voices)}"
        elif not any(_may_continue(voice, other, language) for other in voices):
            rate = voice.sample_rate
            yield (
                f"{what}: {voice.engine} has no voice of another language with {rate} Hz, and a voice of another "
                "engine cannot speak within an utterance"
            )


def _may_continue(voice: VoiceMeta, other: VoiceMeta, language: str) -> bool:
    """Whether the voice can speak text of the language in utterances of the other."""
    is_alike = (other.engine, other.sample_rate) == (voice.engine, voice.sample_rate)
    return is_alike and other.installed and language_names.base(other.language) != language
