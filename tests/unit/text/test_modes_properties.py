"""Reading modes of any text: every character has a name, and each is traced in order."""

from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.workers.text import traced
from steadyvoice.workers.text.front_end import spoken

SOME, MOST, ALL = (ReadingMode(punctuation=level) for level in ("some", "most", "all"))
SPELLING = ReadingMode(spelling=True)
CAPITALS = ReadingMode(capitals="spell")


def said(text: str, mode: ReadingMode) -> str:
    return str(spoken(text, "en-US", mode=mode))


_WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.characters())
def test_every_character_has_a_name(character: str) -> None:
    name = said(character, SPELLING)
    assert any(map(str.isalpha, name))
    assert all((each.isalpha() and each <= "\u00ff") or each in " ,'" for each in name), name


@given(_WRITTEN)
def test_every_character_is_spelled_in_order(text: str) -> None:
    result = spoken(text, "en-US", mode=SPELLING)
    assert result.begins == sorted(result.begins)
    assert result.ends == sorted(result.ends)
    covered = {at for start, end in traced.words(result) for at in range(*result.origin(start, end))}
    assert covered == set(range(len(text)))


@given(_WRITTEN, st.sampled_from([SOME, MOST, ALL, CAPITALS]))
def test_every_mode_has_a_reading(text: str, mode: ReadingMode) -> None:
    result = spoken(text, "en-US", mode=mode)
    assert result.begins == sorted(result.begins)
    assert result.ends == sorted(result.ends)
    assert len(result) == len(result.begins) == len(result.ends)
    assert "  " not in result
    assert not {
        each for each in result if not (each <= "\u00ff" and each.isalpha()) and each not in " .,:;!?'\"“”()…–—-"
    }


@given(st.lists(st.sampled_from("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ab1"), min_size=1, max_size=20).map("".join))
def test_every_mark_is_named_at_the_level_all(text: str) -> None:
    result = spoken(text, "en-US", mode=ALL)
    named = {at for start, end in traced.words(result) for at in range(*result.origin(start, end))}
    unnamed = {text[at] for at in range(len(text)) if at not in named}
    assert unnamed <= {" "}
