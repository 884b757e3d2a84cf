"""The words of a text and their phonemes: phonemes as the package's, words as written."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steadyvoice.workers.engines.hibari import words
from steadyvoice.workers.engines.hibari.reading import PUNCTUATION, Piece, pieces
from steadyvoice.workers.generation.segmenter import Segmenter

ALONE = (
    ("hello", "hello"), ("NASA's", "NASA's"), ("well-known,", "well-known"), ("don't", "don't"), ("“quoted”", "quoted"),
    ("(see)", "see"), ("*bold*", "bold"), ("'tis", "tis"), ("café", "café"), ("vrelquont", "vrelquont"),
    ("U.S.A.", "U.S.A."), ("me;", "me"), ("end:", "end"),
)  # fmt: skip
"""Words in a text, which do not depend on their neighbours, and the same without punctuation."""
PLAIN = [word for word, core in ALONE if core[0].isalpha()]
SILENT = ("🎉", "…", "—", "--", "...", "?!")
ANYTHING = st.text(
    st.sampled_from("aAbe 1 27 3, .:;-\u2013—…'\u2019\"“”()[]/$€%&#@*°²⑩🎉é漢\u0301\u200d\n") | st.characters()
)


@pytest.fixture(scope="module", params=[False, True], ids=["american", "british"])
def g2p(voice_cache: Path, request: pytest.FixtureRequest) -> Any:
    return words.reader(request.param)


def said(g2p: Any, text: str) -> list[str]:
    return [text[word.start : word.end] for piece in pieces(g2p, text, False) for word in piece.said]


def check(g2p: Any, text: str) -> list[Piece]:
    """Invariants of every text."""
    at, got = 0, list(pieces(g2p, text, False))
    for piece in got:
        phoneme = 0
        for word in piece.said:
            assert at <= word.start < word.end <= len(text)
            assert phoneme <= word.first < word.last <= len(piece.phonemes)
            assert text[word.start : word.end] == text[word.start : word.end].strip()
            spoken = piece.phonemes[word.first : word.last]
            assert spoken == spoken.strip(PUNCTUATION)
            assert not set(piece.phonemes[phoneme : word.first]) - set(PUNCTUATION)
            at, phoneme = word.end, word.last
        assert piece.goes_on or not piece.said or not set(piece.phonemes[phoneme:]) - set(PUNCTUATION)
    return got


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith met Mr. Jones.", "Dr.|Smith|met|Mr.|Jones"),
        ("Prof. Brown lives at 5 Main St. near St. Paul.", "Prof.|Brown|lives|at|5|Main|St.|near|St.|Paul"),
        ("It's 7:30 pm now, or 7:30 p.m. then.", "It's|7:30|pm|now|or|7:30|p.m.|then"),
        ("At 1:01 one of ten came at 10:10 ten.", "At|1:01|one|of|ten|came|at|10:10|ten"),
        ("On May 5, 1998 and 5 May 1998 it was 5/5/98.", "On|May|5|1998|and|5|May|1998|it|was|5/5/98"),
        ("Pay $3 million, not ¥500 or $2.50.", "Pay|$3|million|not|¥500|or|$2.50"),
        ("Run 5 km at -5 °C.", "Run|5|km|at|-5|°C"),
        ("Henry VIII wrote Chapter IV.", "Henry|VIII|wrote|Chapter|IV"),
        ("Pages 10 - 20 and 10 \u2013 20.", "Pages|10|20|and|10|20"),
        ("She stopped—then she—wait...what? ran.", "She|stopped|then|she|wait|what|ran"),
        ("“It is,” he said, \u2018the dogs\u2019.”", "It|is|he|said|the|dogs"),
        ("Rock & roll, a/b; and/or.", "Rock|&|roll|a/b|and/or"),
        ("The U.S. is at 5 p.m.", "The|U.S.|is|at|5|p.m."),
        ("See [the page](/ab/) now.", "See|the|page](/ab/|now"),
        ("Great 🎉 party — 你好", "Great|party"),
        ("One. Two! Three?", "One|Two|Three"),
        ("he ate.\n\nThen  he\tslept", "he|ate|Then|he|slept"),
    ],
)
def test_words_of(g2p: Any, text: str, expected: str) -> None:
    check(g2p, text)
    assert said(g2p, text) == expected.split("|")


@given(st.lists(st.sampled_from(ALONE), min_size=1, max_size=12))
def test_a_word_is_found_among_any_others(g2p: Any, several: list[tuple[str, str]]) -> None:
    text = " ".join(word for word, _ in several) + " goes"
    check(g2p, text)
    assert said(g2p, text) == [*(core for _, core in several), "goes"]


@given(st.lists(st.sampled_from(PLAIN) | st.sampled_from(SILENT), max_size=80), st.data())
def test_segments_contain_all_words_of_the_text(g2p: Any, several: list[str], data: st.DataObject) -> None:
    """For any segmentation; the words of each segment spell the raw text."""
    text, segmenter, heard, at = " \u00ad".join(several), Segmenter(), [], 0
    for cut in (*sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4))), len(text)):
        segmenter.feed(text[at:cut])
        at = cut
        if segment := segmenter.flush():
            heard.append(segment)
    segmenter.close()
    heard += iter(segmenter.next, None)
    at, alnum = 0, 0
    for segment in heard:
        for piece in check(g2p, segment.text):
            for word in piece.said:
                start, end = segment.raw(word.start, word.end)
                assert at <= start < end <= segment.end
                spelt = segment.text[word.start : word.end]
                assert text[start:end].replace("\u00ad", "") == spelt
                alnum += sum(map(str.isalnum, spelt))
                at = end
    assert alnum == sum(map(str.isalnum, text))


@given(ANYTHING)
@example("x " * 140)
@example("[a](/b/)[c d](e f) g")
@example("[](/b/) . '1' a'1")
def test_any_text(g2p: Any, text: str) -> None:
    """The phonemes are the package's, without its normalisation and notation for phonemes. No digit gets here."""
    from hibari.tts import Hibari as Package

    plain = "".join(c for c in text if not c.isdigit()).replace("](", "] (")
    got = check(g2p, plain)
    sentences = [g2p(sentence, normalize_text=False) for sentence in Package.split_sentences(plain)]
    assert "".join("".join(sentences).split()) == "".join("".join(piece.phonemes for piece in got).split())


@pytest.mark.parametrize("clause", ["one thing, ", "one thing "])
def test_a_long_sentence_is_read_in_pieces(g2p: Any, clause: str) -> None:
    text = (clause * 25).strip(", ")
    got = check(g2p, text)
    assert len(got) > 1 or len(got[0].phonemes) <= 400
    assert [piece.goes_on for piece in got] == [True] * (len(got) - 1) + [False]
    assert said(g2p, text) == clause.replace(",", "").split() * 25


def test_a_word_that_is_cut_in_two_is_reported_once(g2p: Any) -> None:
    text = "-".join(["international"] * 40) + " ends"
    got = check(g2p, text)
    assert len(got) > 1
    assert said(g2p, text) == ["-".join(["international"] * 40), "ends"]
    assert not got[0].said
