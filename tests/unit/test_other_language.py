"""Segments in another language than the utterance's voice, where a voice is configured for it, and where none is."""

from typing import NamedTuple

import pytest
from support.reading import segments
from support.silent_engine import state

from steadyvoice.daemon.languages import unused
from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.ipc.stage_protocol import SegmentStart, VoiceMeta
from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.engines.engine import Voice
from steadyvoice.workers.generation.utterance_state import UtteranceState

VOICES = {
    voice.name: voice
    for voice in (
        Voice("silence", "en-US", 24_000, "CC0-1.0"),
        Voice("lucia", "es-MX", 24_000, "CC0-1.0"),
        Voice("dora", "es-ES", 24_000, "CC0-1.0"),
        Voice("jean", "fr-FR", 48_000, "CC0-1.0"),
        Voice("anna", "de-DE", 24_000, "CC0-1.0", installed=False),
        Voice("ling", "cmn-CN", 24_000, "CC0-1.0"),
    )
}
SPANISH = "Mañana iremos al mercado porque no hay nada en la nevera. "
FRENCH = "Demain nous irons au marché parce qu'il n'y a plus rien dans la cuisine. "
GERMAN = "Morgen gehen wir auf den Markt, weil nichts mehr im Haus ist und wir Hunger haben. "


class Said(NamedTuple):
    voice: str
    language: str
    text: str
    foreign: str
    unread: str


def take(utterance: UtteranceState) -> SegmentStart:
    segment = utterance.text.take(0.0, 2.0, is_first=False)
    assert segment is not None
    return utterance.begin_segment(segment)


def speak(utterance: UtteranceState, text: str) -> list[Said]:
    utterance.text.feed(text.encode(), 0.0)
    utterance.text.close(0.0)
    said = []
    while not utterance.text.done:
        start, style = take(utterance), utterance.style
        said.append(Said(style.voice, style.language, str(utterance.spoken), start.foreign, start.unread))
        utterance.end_segment()
    return said


@pytest.mark.parametrize(
    ("configured", "voice"),
    [
        ({}, ""),
        ({"fr": "lucia"}, ""),
        ({"es": "lucia"}, "lucia"),
        ({"es": "dora"}, "dora"),
        ({"es": "auto"}, "lucia"),
        ({"es": "nobody"}, ""),
        ({"es": "anna"}, ""),
        ({"es": "jean"}, ""),
    ],
)
def test_the_configured_voice_speaks_what_the_own_one_cannot(configured: dict[str, str], voice: str) -> None:
    text = f"He said this. {SPANISH}Muy bien. Then he left 3 dogs."
    own = [Said("silence", "en-US", said, "", "") for said in ("He said this.", "Then he left three dogs.")]
    if voice:
        language = VOICES[voice].language
        others = [Said(voice, language, said, "es", "") for said in (SPANISH.strip(), "Muy bien.")]
    else:
        others = [Said("silence", "en-US", said, "es", "es") for said in ("Spanish text.", "")]
    assert speak(state(voices=VOICES, languages=configured), text) == [own[0], *others, own[1]]


def test_each_language_has_its_own_voice() -> None:
    configured = {"es": "auto", "fr": "auto", "zh": "ling", "de": "auto"}
    said = speak(state(voices=VOICES, languages=configured), f"{SPANISH}{FRENCH}你好世界。{GERMAN}It is late.")
    assert [each.voice for each in said] == ["lucia", "silence", "ling", "silence", "silence"]
    assert [each.unread for each in said] == ["", "fr", "", "de", ""]
    assert [each.text for each in said][1::2] == ["French text.", "German text."]


def test_numbers_are_read_in_the_language_of_the_voice() -> None:
    text = "El tren de las 10 no llega hasta mañana porque hay 3 árboles en la vía."
    (said,) = speak(state(voices=VOICES, languages={"es": "dora"}), text)
    assert "hay tres árboles" in said.text


@pytest.mark.parametrize("foreign", ["", "es"])
def test_a_replayed_segment_is_spoken_by_the_voice_that_spoke_it(foreign: str) -> None:
    """It alone does not tell its language."""
    utterance = state(
        voices=VOICES, languages={"es": "auto"}, restart=RestartPoint(0, 1, 0, 50, at=58, foreign=foreign)
    )
    assert [each.voice for each in speak(utterance, "Muy bien.")] == ["lucia" if foreign else "silence"]


def test_a_language_that_ssml_names_has_the_same_voice() -> None:
    document = "<speak>He said <lang xml:lang='fr'>bonjour.</lang> <lang xml:lang='es'>hola.</lang></speak>"
    assert [each.voice for each in speak(state(ssml=True, voices=VOICES), document)] == ["silence", "silence", "lucia"]
    said = speak(state(ssml=True, voices=VOICES, languages={"fr": "dora"}), document)
    assert [each.voice for each in said] == ["silence", "dora", "lucia"]


def test_literal_text_keeps_its_voice() -> None:
    utterance = state(voices=VOICES, languages={"es": "auto"}, mode=ReadingMode(spelling=True))
    assert {each.voice for each in speak(utterance, SPANISH)} == {"silence"}


def test_a_reading_has_the_same_languages() -> None:
    found = segments(f"He left. {SPANISH}{FRENCH}", voices=VOICES, languages={"es": "auto"})
    assert [each.language for each in found] == ["en-US", "es-MX", "fr"]


KNOWN = [
    VoiceMeta("heart", "en-US", 24_000, "x", True, "hibari"),
    VoiceMeta("nova", "en-GB", 24_000, "x", False, "hibari"),
    VoiceMeta("af_heart", "en-US", 24_000, "x", True, "kokoro"),
    VoiceMeta("ff_siwis", "fr-FR", 24_000, "x", True, "kokoro"),
    VoiceMeta("joe", "en-US", 22_050, "x", True, "piper"),
    VoiceMeta("anna", "de-DE", 16_000, "x", True, "piper"),
]


@pytest.mark.parametrize(
    ("configured", "why"),
    [
        ({"fr": "ff_siwis"}, ""),
        ({"en": "af_heart"}, ""),
        ({"it": "ff_siwis"}, ""),
        ({"fr": "auto", "de": "auto"}, ""),
        ({"eo": "ff_siwis"}, "'eo' in [languages] is none of the languages that a text is found to be in: ar, "),
        ({"fr-FR": "auto"}, "'fr-FR' in [languages] is none of the languages"),
        (
            {"fr": "nobody"},
            "the voice 'nobody' for 'fr' in [languages] is left out: no engine has it; see svctl voices",
        ),
        ({"en": "nova"}, "the voice 'nova' for 'en' in [languages] is left out: not installed: svctl voices pull nova"),
        (
            {"de": "anna"},
            "left out: piper has no voice of another language with 16000 Hz, and a voice of another engine",
        ),
        ({"en": "heart"}, "left out: hibari has no voice of another language with 24000 Hz, and a voice of another"),
        ({"fr": "heart"}, ""),
    ],
)
def test_a_voice_that_can_never_be_used_is_reported(configured: dict[str, str], why: str) -> None:
    lines = unused(configured, KNOWN)
    assert len(lines) == bool(why)
    assert not why or why in lines[0]
