"""SSML that arrives in pieces: the same as when it arrives at once."""

from hypothesis import given
from hypothesis import strategies as st
from support.ssml import characters, fed, items

DOCUMENT = """<?xml version="1.0"?>
<speak xml:lang="en-US">Hello, <emphasis>dear</emphasis> &amp; good é𝄞 people.
<break time="250ms"/><p>One <mark name="1"/>two. <s>Three</s></p><!-- x > y --><![CDATA[a < b]]>
<prosody rate="fast" volume="+3dB">Quick <prosody pitch='+2st'>&lt;high&gt;</prosody></prosody>\r
<sub alias="World Wide Web">W<mark name="2"/>3</sub> <say-as interpret-as="digits">12 34</say-as>5
<phoneme ph="təˈmeɪtoʊ">tom<mark name="3"/>ato</phoneme>. <metadata>no</metadata>End.<mark name="4"/></speak>
"""
PARTS = [
    "<speak>", "</speak>", "<p>", "</p>", "<s>", "</s>", "<break/>", "<break time='1s'/>", "<mark name='m'/>",
    "<prosody rate='fast'>", "</prosody>", "<sub alias='a b'>", "</sub>", "<say-as interpret-as='digits'>", "</say-as>",
    "&amp;", "&#65;", "&x;", "<", ">", "&", "'", '"', "]]>", "<![CDATA[", "<!--", "-->", "<?x", "?>", "<!DOCTYPE x [",
    "one ", "two. ", "3", "é", "\r\n", "\n", "𝄞", " ", "x",
]  # fmt: skip
documents = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=30).map("".join)


def cut(data: st.DataObject, document: str) -> list[int]:
    places = st.integers(0, len(document))
    return sorted(data.draw(st.lists(places, max_size=12)))


@given(st.data())
def test_a_valid_document_cut_anywhere(data: st.DataObject) -> None:
    whole, _ = items(DOCUMENT)
    found, ssml = items(DOCUMENT, cut(data, DOCUMENT))
    assert not ssml.error
    assert _without_blanks(characters(found)) == _without_blanks(characters(whole))
    assert ssml.position == len(DOCUMENT.rstrip())


def test_one_character_at_a_time() -> None:
    assert fed(DOCUMENT, range(1, len(DOCUMENT))) == fed(DOCUMENT)


@given(st.booleans(), documents, st.data())
def test_any_text_cut_anywhere(is_document: bool, text: str, data: st.DataObject) -> None:
    document = f"<speak>{text}" if is_document else text
    whole, of_whole = items(document)
    found, ssml = items(document, cut(data, document))
    assert ssml.error == of_whole.error
    assert _without_blanks(characters(found)) == _without_blanks(characters(whole))


def test_the_tag_behind_an_empty_element_is_not_its_own() -> None:
    document = "<sub alias='a b'><break time='1s'/></speak>"
    _, whole = items(document)
    assert "from character 35 on" in whole.error
    assert {items(document, [at])[1].error for at in range(len(document))} == {whole.error}


@given(documents, st.data())
def test_segments_of_any_text_cut_anywhere(text: str, data: st.DataObject) -> None:
    assert fed(text, cut(data, text)) == fed(text)


def test_where_brackets_end_no_section_what_precedes_them_is_styled() -> None:
    document = "<speak>one <prosody rate='fast'>two ]]> three</prosody></speak>"
    assert all(fed(document, [at]) == fed(document) for at in range(len(document)))


@given(documents)
def test_places_are_in_order_and_inside(document: str) -> None:
    found, _ = items(document)
    at = 0
    for item in found:
        start, end = (item.piece.start, item.piece.end) if hasattr(item, "piece") else (item.start, item.start)
        assert at <= start <= end <= len(document)
        at = start


def _without_blanks(found: list[object]) -> list[object]:
    """Where a style begins, relative to the white space before it, is free."""
    return [
        each
        for each in found
        if not (isinstance(each, tuple) and each[0] == " ") and not hasattr(each, "ends_sentence")
    ]
