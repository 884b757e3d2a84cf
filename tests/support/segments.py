"""Text of all kinds, and the segments that it is cut into."""

from itertools import pairwise

from hypothesis import strategies as st

from steadyvoice.ipc.sayable import is_sayable
from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.segmenter import MAX_CHARS, Segmenter

CHARS = st.sampled_from('aaabcdeAB1 35    \n\n\t.,.,!?;:…—-"”)(*\x00\x1b\ud800\u200b。、」é漢🎉\r')
WORDS = st.sampled_from(
    ("Hello", "there.", "you", "are,", "Dr.", "e.g.", "J.", "3.14", "1,250", "wait...", "Why?", "\n", "\n\n", "-", "1.")
) | st.sampled_from(("(2)", "No.", "5", "and;", "。続く。", "“Go!”", "—", "https://a.b/c?d=1.", "internationalisation"))
RUNS = st.builds(str.__mul__, st.sampled_from(["a", "Bc ", "x, ", "y. ", "漢", ".", " ", "-"]), st.integers(1, 400))
TEXTS = st.one_of(
    st.text(CHARS, max_size=400),
    st.lists(WORDS, max_size=120).map(" ".join),
    st.lists(RUNS, max_size=5).map("".join),
)


def drain(segmenter: Segmenter) -> list[Segment]:
    return list(iter(segmenter.next, None))


def whole(text: str) -> list[Segment]:
    segmenter = Segmenter()
    segmenter.feed(text)
    segmenter.close()
    segments = drain(segmenter)
    assert segmenter.done
    assert not segmenter.pending
    return segments


def check(text: str, segments: list[Segment]) -> None:
    """What holds for any segments of `text`, flushed or not."""
    at = 0
    for segment in segments:
        assert at <= segment.start < segment.end <= len(text)
        assert not is_sayable(text[at : segment.start])
        assert 1 <= len(segment.text) <= MAX_CHARS
        assert is_sayable(segment.text)
        assert segment.text == " ".join(segment.text.split())
        printable = "".join(c for c in text[segment.start : segment.end] if c not in "\x00\x1b\ud800\u200b")
        assert segment.text == " ".join(printable.split())
        for char, following in pairwise(range(len(segment.text) + 1)):
            start, end = segment.raw(char, following)
            assert segment.start <= start < end == start + 1 <= segment.end
            assert text[start] == segment.text[char] or segment.text[char] == " "
        assert segment.raw(0, len(segment.text))[0] == segment.start
        at = segment.end
    assert not any(map(str.isalnum, text[at:]))
