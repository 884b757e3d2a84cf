"""SSML through a real daemon: pauses to the sample, marks at their sample, styles, and documents that are not valid."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon
from support.matrix import only
from support.ssml_daemon import RATE, hear, same, ssml_daemon

from steadyvoice.client import UtteranceFailed

FOX = "The quick brown fox jumps over the lazy dog."
DOCS = Path(__file__).parents[2] / "docs" / "ssml.md"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with ssml_daemon(tmp_path_factory, cache) as daemon:
        yield daemon


RATES, PAUSES = [8_000, 16_000, 24_000, 44_100, 48_000], [1, 123, 512, 2_500, 10_000]


@pytest.mark.parametrize(
    ("ms", "rate"),
    only(lambda ms, rate: (PAUSES.index(ms) - RATES.index(rate)) % 5 in (0, 2), product(PAUSES, RATES)),
)
def test_a_pause_has_its_length_to_the_sample(daemon: Daemon, ms: int, rate: int) -> None:
    """Nothing else changes: the sound on both sides is the same."""
    plain = hear(daemon, "Hello there. General Kenobi.", sample_rate=rate)
    paused = hear(daemon, f"<speak>Hello there. <break time='{ms}ms'/> General Kenobi.</speak>", sample_rate=rate)
    silence = round(ms * rate / 1000)
    assert len(paused.pcm) == len(plain.pcm) + silence
    differs = paused.pcm[: len(plain.pcm)] != plain.pcm
    start = int(differs.argmax()) if differs.any() else len(plain.pcm)
    same(paused.pcm[start : start + silence], np.zeros(silence, np.float32))
    same(paused.pcm[start + silence :], plain.pcm[start:])


def test_pauses_at_both_ends_and_in_a_row(daemon: Daemon) -> None:
    plain = hear(daemon, "Hello.")
    paused = hear(daemon, "<speak><break time='1s'/><break time='1s'/>Hello.<break time='3s'/></speak>")
    same(paused.pcm, np.concatenate([np.zeros(2 * RATE), plain.pcm, np.zeros(3 * RATE)]).astype(np.float32))
    assert paused.finished.duration_s == pytest.approx(5 + len(plain.pcm) / RATE, abs=1e-4)
    assert paused.words[0][2] == pytest.approx(2 + plain.words[0][2], abs=1e-4)


def test_many_pauses(daemon: Daemon) -> None:
    heard = hear(daemon, "<speak>Hello." + "<break time='1ms'/>" * 1500 + "Hello.</speak>")
    assert len(heard.pcm) == 2 * len(hear(daemon, "Hello.").pcm) + 1500 * 24


def test_only_a_pause(daemon: Daemon) -> None:
    heard = hear(daemon, "<speak><break time='700ms'/></speak>")
    same(heard.pcm, np.zeros(16_800, np.float32))
    assert heard.finished.reason == "done"


def test_only_a_mark(daemon: Daemon) -> None:
    heard = hear(daemon, "<speak><mark name='nothing'/></speak>")
    assert (heard.marks, heard.finished.reason, len(heard.pcm)) == ({"nothing": 0.0}, "done", 24)


def test_only_a_mark_on_the_device(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak("<speak><mark name='nothing'/></speak>")
        finished = utterance.wait()
    assert utterance.started is not None
    assert [(mark.name, mark.at_s) for mark in utterance.marks] == [("nothing", 0.0)]
    assert (finished.reason, finished.duration_s) == ("done", 0.001)


def test_nothing_at_all(daemon: Daemon) -> None:
    with pytest.raises(UtteranceFailed, match="nothing to say"):
        hear(daemon, "<speak> </speak>")


def test_marks_have_the_sample_of_what_follows_and_change_nothing(daemon: Daemon) -> None:
    plain = hear(daemon, "One two, three. Four five.")
    text = (
        "<speak><mark name='one'/>One <mark name='two'/>two, <mark name='three'/>three.<mark name='four'/> Four "
        "fi<mark name='in five'/>ve.<mark name='end'/></speak>"
    )
    marked = hear(daemon, text)
    same(marked.pcm, plain.pcm)
    times = [at_s for _, _, at_s in plain.words]
    assert list(marked.marks) == ["one", "two", "three", "four", "in five", "end"]
    expected = [*times, len(plain.pcm) / RATE]
    assert list(marked.marks.values()) == pytest.approx(expected, abs=1e-4)
    assert [at_s for _, _, at_s in marked.words] == times
    assert [text[start:end] for start, end, _ in marked.words][:3] == ["One", "two", "three"]
    assert marked.finished.heard_chars == len(text)


def test_a_mark_beside_a_pause_is_at_its_very_sample(daemon: Daemon) -> None:
    heard = hear(
        daemon,
        "<speak>Hello there.<mark name='before'/><break time='777ms'/><mark name='after'/>Bye.</speak>",
        sample_rate=44_100,
    )
    before, after = (round(heard.marks[name] * 44_100) for name in ("before", "after"))
    silence = round(0.777 * 44_100)
    word = next(at_s for start, _, at_s in heard.words if start > 40)
    assert heard.marks["after"] == pytest.approx(word, abs=1e-4)
    assert after >= before + silence
    same(heard.pcm[before : before + silence], np.zeros(silence, np.float32))
    assert heard.pcm[before - 44 : before].any()


def test_without_word_times_a_mark_is_at_its_segments_start(daemon: Daemon) -> None:
    text = "<speak>One two <mark name='a'/>three. <mark name='b'/>Four <mark name='c'/>five.<mark name='d'/></speak>"
    assert hear(daemon, text, voice="low").marks == {"a": 0, "b": 0.3, "c": 0.3, "d": 0.5}


def test_ten_thousand_marks(daemon: Daemon) -> None:
    text = "<speak>One <break/>" + "".join(f"<mark name='{i}'/>" for i in range(9_000)) + "two.</speak>"
    marks = hear(daemon, text).marks
    assert list(marks) == [str(i) for i in range(9_000)]
    assert len(set(marks.values())) == 1


def test_long_names_of_marks(daemon: Daemon) -> None:
    names = [str(i) + "𝄞" * 1000 for i in range(100)]
    text = "<speak>One " + "".join(f"<mark name='{name}'/>" for name in names) + " two.</speak>"
    assert list(hear(daemon, text).marks) == names


def test_rate_and_volume(daemon: Daemon) -> None:
    plain = hear(daemon, FOX)
    text = f"<speak><prosody {{}}>{FOX}</prosody></speak>"
    same(hear(daemon, text.format("volume='soft'")).pcm, plain.pcm * np.float32(0.5))
    same(hear(daemon, text.format("volume='silent'")).pcm, plain.pcm * 0)
    same(hear(daemon, text.format("rate='200%'")).pcm, hear(daemon, FOX, rate=2.0).pcm)
    same(hear(daemon, text.format("rate='900%'")).pcm, hear(daemon, FOX, rate=2.0).pcm)
    same(hear(daemon, text.format("rate='150%'"), rate=0.8).pcm, hear(daemon, FOX, rate=0.8 * 1.5).pcm)
    loudest = hear(daemon, text.format("volume='x-loud'"), volume=1.5).pcm
    np.testing.assert_allclose(loudest, hear(daemon, FOX, volume=2.0).pcm, atol=1e-6)


def test_pitch_is_that_of_the_converter(daemon: Daemon) -> None:
    text = f"<speak>Hello. <prosody pitch='+4st'>{FOX}</prosody> Hello.</speak>"
    plain, high = hear(daemon, f"Hello. {FOX} Hello."), hear(daemon, text)
    shifted = hear(daemon, f"Hello. {FOX} Hello.", pitch=4.0)
    assert len(high.pcm) == len(plain.pcm) == len(shifted.pcm)
    hello = len(hear(daemon, "Hello.").pcm)
    same(high.pcm[:hello], plain.pcm[:hello])
    same(high.pcm[-hello:], plain.pcm[-hello:])
    same(high.pcm[hello:-hello], shifted.pcm[hello:-hello])


def test_pitch_is_added_to_the_utterances(daemon: Daemon) -> None:
    text = f"<speak><prosody pitch='+4st'>{FOX}</prosody></speak>"
    same(hear(daemon, text, pitch=-4.0).pcm, hear(daemon, FOX).pcm)
    same(hear(daemon, text, pitch=23.0).pcm, hear(daemon, FOX, pitch=24.0).pcm)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("The <sub alias='World Wide Web'>W3</sub> is old.", "The World Wide Web is old."),
        ("Dial <say-as interpret-as='digits'>4071</say-as>.", "Dial four zero seven one."),
        ("<say-as interpret-as='ordinal'>3</say-as> place.", "third place."),
        ("It is <emphasis>very</emphasis> &quot;good&quot;.", 'It is very "good".'),
        ("Fish &amp; chips\n  for\n two.", "Fish & chips for two."),
        ("A <audio src='http://localhost/x.wav'>bell</audio> rings.", "A bell rings."),
    ],
)
def test_readings(daemon: Daemon, document: str, text: str) -> None:
    same(hear(daemon, f"<speak>{document}</speak>").pcm, hear(daemon, text).pcm)


def test_phonemes(daemon: Daemon) -> None:
    document = "<speak>Say <phoneme ph='{}'>tomato</phoneme> now.</speak>"
    plain = hear(daemon, "Say tomato now.").pcm
    other = hear(daemon, document.format("təˈmɑːtoʊ")).pcm  # noqa: RUF001
    assert len(other) != len(plain) or (other != plain).any()
    banana = hear(daemon, "Say banana now.").pcm
    same(hear(daemon, document.format("bəˈnænə")).pcm, banana)  # noqa: RUF001
    same(hear(daemon, document.replace("ph=", "alphabet='x-sampa' ph=").format('b@"n{n@')).pcm, banana)
    same(hear(daemon, document.replace("ph=", "alphabet='arpabet' ph=").format("B")).pcm, plain)


def test_another_voice_of_the_engine(daemon: Daemon) -> None:
    heard = hear(daemon, "<speak>One <voice name='high'>two three</voice> four.</speak>", voice="low")
    same(heard.pcm[::2400], np.array([0.25, -0.5, -0.5, 0.25], np.float32))
    assert heard.finished.ssml == ""
    heard = hear(daemon, "<speak>One <lang xml:lang='de'>zwei</lang></speak>", voice="low")
    same(heard.pcm[::2400], np.array([0.25, -0.5], np.float32))


@pytest.mark.parametrize(
    ("document", "note"),
    [
        ("<voice name='heart'>x</voice>", "the voice 'heart' is no other voice of two"),
        ("<voice name='fast'>x</voice>", "the voice 'fast' is no other voice of two"),
        ("<lang xml:lang='francais'>x</lang>", "'francais' is no language, such as en or en-GB"),
        ("<lang xml:lang='fr'>x</lang>", ""),
        ("<voice name='nobody high'>x</voice>", ""),
        ("<lang xml:lang='en-GB'>x</lang>", ""),
    ],
)
def test_any_other_voice_is_noted(daemon: Daemon, document: str, note: str) -> None:
    assert hear(daemon, f"<speak>{document}</speak>", voice="low").finished.ssml == note


def test_what_is_not_valid_is_said_without_tags_and_counted(daemon: Daemon) -> None:
    before = daemon.status()["utterances"]["ssml_errors"]
    text = "<speak><prosody rate='fast'>One</prosody> <b>two & three</b></speak>"
    heard = hear(daemon, text)
    assert heard.finished.reason == "done"
    at = text.index("&")
    assert heard.finished.ssml == (
        f"not valid SSML, spoken without its tags from character {at} on: not well-formed (invalid token)"
    )
    assert daemon.status()["utterances"]["ssml_errors"] == before + 1
    same(hear(daemon, "Fish & <b>chips", ssml=True).pcm, hear(daemon, "Fish & chips").pcm)


@pytest.mark.parametrize(
    "attack", ["<!DOCTYPE x [<!ENTITY a 'b'>]><speak>Hello &a; there.</speak>", "<speak>" + "<a>" * 40_000]
)
def test_attacks_leave_the_daemon_as_it_was(daemon: Daemon, attack: str) -> None:
    pids = daemon.pids()
    assert "not valid SSML" in hear(daemon, attack + "Hello.", ssml=True).finished.ssml
    assert daemon.pids() == pids


def test_ssml_is_recognised_or_asked_for(daemon: Daemon) -> None:
    document, fragment = "<speak>One <break time='3s'/> two.</speak>", "One <break time='3s'/> two."
    silence = 3 * RATE
    assert (hear(daemon, document).pcm == 0).sum() >= silence
    same(hear(daemon, f"\n<?xml version='1.0'?> {document}").pcm, hear(daemon, document).pcm)
    same(hear(daemon, fragment, ssml=True).pcm, hear(daemon, document).pcm)
    assert (hear(daemon, fragment).pcm == 0).sum() < silence
    assert (hear(daemon, document, ssml=False).pcm == 0).sum() < silence
