"""SSML in a reading mode: the mode applies to the document's text, and tags are never said."""

import pytest
from support.reading import segments

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.generation.text_feed import TextFeed
from steadyvoice.workers.text.front_end import Pronunciation, spoken

SOME, MOST, ALL = (ReadingMode(level) for level in ("some", "most", "all"))
SPELLING, CAPITALS = ReadingMode(spelling=True), ReadingMode(capitals="spell")


def words(document: str, mode: ReadingMode) -> str:
    return " ".join(each.words for each in segments(f"<speak>{document}</speak>", mode=mode))


@pytest.mark.parametrize(
    ("document", "mode", "expected"),
    [
        ("a # b", SOME, "a hash b"),
        ("x[3] = <mark name='m'/>4;", MOST, "X left bracket three right bracket equals four;"),
        ("Yes, <break time='1s'/> no.", ALL, "Yes comma, no dot."),
        ("a &lt; b", ALL, "A less than B"),
        ("x <sub alias='y = z'>w</sub>", ALL, "x y equals Z"),
        ("<prosody rate='fast'>(ab)</prosody> *cd*", ALL, "left paren ab right paren star cd star"),
        ("<voice name='other'>o.k.</voice>", SPELLING, "O dot K dot"),
        ("<say-as interpret-as='digits'>42</say-as>", SPELLING, "four two"),
        ("<say-as interpret-as='telephone'>555-1234</say-as>", SPELLING, "five five five dash one two three four"),
        ("<say-as interpret-as='telephone'>555-1234</say-as>", SOME, "five five five, one two three four"),
        ("<say-as interpret-as='telephone'>555-1234</say-as>", ALL, "five five five one two three four"),
        ("<say-as interpret-as='characters'>ab 12</say-as>", ORDINARY, "A B, one two"),
        ("<say-as interpret-as='characters'>ab 12</say-as>", ALL, "A B one two"),
        ("<say-as interpret-as='date' format='mdy'>3/4/2025</say-as>", ALL, "March fourth twenty twenty five"),
        ("<say-as interpret-as='characters'>aB</say-as> Ann", CAPITALS, "a capital B capital Ann"),
        ("The <phoneme ph='x'>Cat</phoneme>", CAPITALS, "capital The capital Cat"),
        ("...", ALL, "dot dot dot."),
    ],
)
def test_words(document: str, mode: ReadingMode, expected: str) -> None:
    assert words(document, mode) == expected


@pytest.mark.parametrize(
    ("mode", "said", "expected"),
    [
        (ORDINARY, "The Cat sat", [("Cat", "kat")]),
        (ALL, "The Cat sat", [("Cat", "kat")]),
        (CAPITALS, "capital The capital Cat sat", [("Cat", "kat")]),
        (SPELLING, "T H E space C A T space S A T", []),
    ],
)
def test_phonemes(mode: ReadingMode, said: str, expected: list[tuple[str, str]]) -> None:
    result = spoken("The Cat sat", "en-US", (), mode, [Pronunciation(4, 7, "kat")])
    assert str(result) == said
    assert [
        (result[each.start : each.end], each.ipa) for each in result.pronunciations if each.ipa == "kat"
    ] == expected


@pytest.mark.parametrize("mode", [SOME, ALL, SPELLING], ids=["some", "all", "spelling"])
@pytest.mark.parametrize("ssml", [None, True])
def test_a_restart(mode: ReadingMode, ssml: bool | None) -> None:
    document = "<speak>One, two. <break time='1s'/>Three = three. Four.</speak>"
    feed = TextFeed(None, mode, ssml=ssml, language="en-US")
    feed.feed(document.encode(), 0.0)
    feed.close(0.0)
    taken = []
    while segment := feed.take(0.0, 0.0, is_first=False):
        taken.append((segment, feed.directions))
    for number, (segment, _) in enumerate(taken):
        at = taken[number - 1][0].end if number else 0
        restart = RestartPoint(0, number, 0, 0, at=at, line=at, end=segment.end, more=segment.more, ssml=True)
        again = TextFeed(restart, mode, ssml=ssml, language="en-US")
        for piece in (document[:20], document[20:]):
            again.feed(piece.encode(), 0.0)
        again.close(0.0)
        replayed = []
        while segment := again.take(0.0, 0.0, is_first=False):
            replayed.append((segment, again.directions))
        assert replayed == taken[number:]


def test_a_text_that_only_looks_like_one_is_literal() -> None:
    assert next(segments("<b>x</b>", mode=ALL)).words.startswith("less than B")
    assert next(segments("<speak>", mode=ReadingMode(say="character"))).words.startswith("less than")
