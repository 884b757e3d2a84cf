"""What SSML asks for, within what the utterance and its engine allow."""

import pytest

from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines.engine import Voice
from steadyvoice.workers.generation.chosen_style import ChosenStyle, choose
from steadyvoice.workers.text.ssml.items import Style

VOICES = {
    voice.name: voice
    for voice in (
        Voice("heart", "en-US", 24_000, "CC0-1.0"),
        Voice("emma", "en-GB", 24_000, "CC0-1.0"),
        Voice("anna", "de-DE", 24_000, "CC0-1.0"),
        Voice("jean", "fr-FR", 48_000, "CC0-1.0"),
        Voice("lucia", "es-ES", 24_000, "CC0-1.0", installed=False),
    )
}


def chosen(style: Style, rate: float = 1.0, volume: float = 1.0, pitch: float = 0.0) -> ChosenStyle:
    spec = UtteranceSpec("hibari", "heart", rate, volume, "pcm", 24_000, 24_000, pitch=pitch)
    return choose(style, spec, "en-US", VOICES)


@pytest.mark.parametrize(
    ("style", "rate", "expected"),
    [(1.0, 1.0, 1.0), (1.5, 1.0, 1.5), (3.0, 1.0, 2.0), (0.1, 1.0, 0.5), (2.0, 0.5, 1.0), (0.5, 2.0, 1.0), (2, 2, 2)],
)
def test_rate(style: float, rate: float, expected: float) -> None:
    assert chosen(Style(rate=style), rate=rate).rate == expected


@pytest.mark.parametrize(
    ("style", "volume", "expected"),
    [(1.0, 1.0, 1.0), (0.5, 1.0, 0.5), (4.0, 1.0, 2.0), (2.0, 2.0, 1.0), (2.0, 0.5, 2.0), (2.0, 0.0, 1.0), (0, 1, 0)],
)
def test_volume(style: float, volume: float, expected: float) -> None:
    assert chosen(Style(volume=style), volume=volume).gain == expected


@pytest.mark.parametrize(
    ("style", "pitch", "expected"),
    [(0, 0, 0), (2, 0, 2), (-2, 0, -2), (48, 0, 24), (-48, 0, -24), (4, 23, 1), (-4, -23, -1), (-48, 24, -48)],
)
def test_pitch(style: float, pitch: float, expected: float) -> None:
    assert chosen(Style(pitch=style), pitch=pitch).pitch == expected


@pytest.mark.parametrize(
    ("names", "language", "voice", "note"),
    [
        ((), "", "heart", ""),
        (("emma",), "", "emma", ""),
        (("nobody", "emma"), "", "emma", ""),
        (("nobody",), "", "heart", "the voice 'nobody' is no other voice of hibari"),
        (("jean",), "", "heart", "the voice 'jean' is no other voice of hibari"),
        (("lucia",), "", "heart", "the voice 'lucia' is no other voice of hibari"),
        ((), "en", "heart", ""),
        ((), "EN-us", "heart", ""),
        ((), "en-GB", "emma", ""),
        ((), "en-AU", "heart", ""),
        ((), "de", "anna", ""),
        ((), "de-AT", "anna", ""),
        ((), "english", "heart", "'english' is no language, such as en or en-GB"),
        (("nobody",), "de", "anna", "the voice 'nobody' is no other voice of hibari"),
    ],
)
def test_voice(names: tuple[str, ...], language: str, voice: str, note: str) -> None:
    style = chosen(Style(language=language, voices=names))
    assert (style.voice, style.note) == (voice, note)
    assert style.language == VOICES[voice].language


@pytest.mark.parametrize(
    ("names", "language", "own", "unread"),
    [
        ((), "fr", "en-US", "fr"),
        ((), "es-MX", "en-US", "es-MX"),
        (("nobody",), "fr", "en-US", "fr"),
        (("emma",), "fr", "en-US", ""),
        ((), "en-AU", "en-US", ""),
        ((), "de-AT", "en-US", ""),
        ((), "", "en-US", ""),
        ((), "und", "en-US", ""),
        ((), "zxx", "en-US", ""),
        ((), "french", "en-US", ""),
        ((), "fr", "zxx", ""),
    ],
)
def test_a_language_that_no_voice_reads(names: tuple[str, ...], language: str, own: str, unread: str) -> None:
    spec = UtteranceSpec("hibari", "heart", 1.0, 1.0, "pcm", 24_000, 24_000)
    assert choose(Style(language=language, voices=names), spec, own, VOICES).unread == unread
