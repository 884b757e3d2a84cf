"""The elements of SSML."""

import pytest
from support.ssml import fed, items, stripped, text

from steadyvoice.workers.text.ssml.filter import is_ssml
from steadyvoice.workers.text.ssml.items import Pause, Text


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("Hello there.", "Hello there."),
        ("a &amp; b &lt; c &gt; d &quot;e&quot; &apos;f&apos;", "a & b < c > d \"e\" 'f'"),
        ("&#72;i &#x4e2d;", "Hi 中"),
        ("<![CDATA[a < b &amp; c]]> d", "a < b &amp; c d"),
        ("one<!-- a comment -->two", "onetwo"),
        ("one\n\n\ttwo\r\nthree", "one   two three"),
        ("One<break time='500ms'/> two", "One(0.5) two"),
        ("One<break/>two", "One(0.3)two"),
        ("One<break strength='none'/> two", "One two"),
        ("One<break time='0s'/> two", "One two"),
        ("One<break time='1s'>what</break> two", "One(1)what two"),
        ("<break time='1s'/><break time='12s'/>", "(1)(10)"),
        ("One <mark name='a'/>two<mark name='b'/>", "One [a]two[b]"),
        ("One<mark/> <mark name=''/>two", "One two"),
        ("<mark name='0:6'/>Screen <mark name='7:13'/>reader", "[0:6]Screen [7:13]reader"),
        ("<p>One</p><p>Two</p>", "//One////Two//"),
        ("<p><s>One</s> <s>Two</s></p>", "////One// //Two////"),
        ("<emphasis level='strong'>Now</emphasis> go", "Now go"),
        ("un<emphasis>believ</emphasis>able", "unbelievable"),
        ("<w role='x'>lead</w> and <token>led</token>", "lead and led"),
        ("<audio src='http://x.y/z.wav'>a bell</audio>!", "a bell!"),
        ("<audio src='/etc/passwd'><desc>a bell</desc></audio>", "a bell"),
        ("<unknown a='b'>text</unknown>", "text"),
        ("<amazon:effect name='whispered'>text</amazon:effect>", "text"),
        ("<metadata><rdf:x>not said</rdf:x></metadata>said", "said"),
        ("<lexicon uri='http://x.y/z'/><meta name='a' content='b'/>said", "said"),
        ("<sub alias='World Wide Web'>W3</sub>!", "World Wide Web!"),
        ("<sub alias='a &amp; b'>x</sub>", "a & b"),
        ("<sub alias='kilo'>k</sub>gram", "kilogram"),
        ("<sub>W3</sub>", "W3"),
        ("<sub alias='x'/>", "x"),
        ("<sub alias=''>gone</sub>here", "here"),
        ("<sub alias='x'>a<emphasis>b</emphasis>c</sub>d", "xd"),
        ("<sub alias='x'>a<mark name='m'/>b</sub>", "x"),
        ("<phoneme alphabet='ipa' ph='x'>tomato</phoneme>", "tomato"),
        ("<prosody rate='fast'>a</prosody> b", "/a/ b"),
        ("<prosody>a</prosody> b", "a b"),
        ("<prosody rate='fast'> </prosody>b", " b"),
        ("<say-as interpret-as='characters'>abc</say-as>d", "A\ue000 B C d"),
        ("a<say-as interpret-as='digits'>12</say-as>, b", "a one two, b"),
        ("<say-as interpret-as='digits'>1<mark name='m'/>2</say-as>", "one[m] two"),
        ("<say-as interpret-as='unknown'>12</say-as>", "12"),
        ("<say-as>12</say-as>", "12"),
        ("<voice name='x'>a</voice>", "/a"),
    ],
)
def test_elements(document: str, said: str) -> None:
    assert text(document) == said


@pytest.mark.parametrize(
    ("document", "rate", "volume", "pitch"),
    [
        ("<prosody rate='2'>x</prosody>", 2, 1, 0),
        ("<prosody rate='fast'><prosody rate='slow'>x</prosody></prosody>", 1, 1, 0),
        ("<prosody rate='2'><prosody rate='2'><prosody rate='2'>x</prosody></prosody></prosody>", 8, 1, 0),
        ("<prosody rate='150%' volume='soft'>x</prosody>", 1.5, 0.5, 0),
        ("<prosody volume='soft'><prosody volume='soft'>x</prosody></prosody>", 1, 0.25, 0),
        ("<prosody volume='silent'><prosody volume='x-loud'>x</prosody></prosody>", 1, 0, 0),
        ("<prosody pitch='+2st'><prosody pitch='+3st'>x</prosody></prosody>", 1, 1, 5),
        ("<prosody pitch='high'><emphasis>x</emphasis></prosody>", 1, 1, 3),
        ("<prosody pitch='+100st'>x</prosody>", 1, 1, 48),
        ("<prosody rate='0'>x</prosody>", 0.01, 1, 0),
        ("<prosody rate='what' volume='+6dB'>x</prosody>", 1, 10**0.3, 0),
        ("<prosody contour='(0%,+20Hz)' range='high' duration='2s'>x</prosody>", 1, 1, 0),
        ("<prosody rate='2'>y</prosody>x", 1, 1, 0),
    ],
)
def test_prosody(document: str, rate: float, volume: float, pitch: float) -> None:
    found, _ = items(f"<speak>{document}</speak>")
    (style,) = {item.style for item in found if isinstance(item, Text) and item.piece.text == "x"}
    assert (style.rate, style.volume, style.pitch) == pytest.approx((rate, volume, pitch))


@pytest.mark.parametrize(
    ("document", "language", "voices"),
    [
        ("<voice name='emma'>x</voice>", "", ("emma",)),
        ("<voice name='emma  heart'>x</voice>", "", ("emma", "heart")),
        ("<voice language='de'>x</voice>", "de", ()),
        ("<voice languages='en-GB de'>x</voice>", "en-GB", ()),
        ("<voice name='emma' xml:lang='de'>x</voice>", "de", ("emma",)),
        ("<lang xml:lang='fr-FR'>x</lang>", "fr-FR", ()),
        ("<p xml:lang='fr-FR'>x</p>", "fr-FR", ()),
        ("<voice name='emma'><lang xml:lang='fr'>x</lang></voice>", "fr", ()),
        ("<lang xml:lang='fr'>y</lang>x", "", ()),
        ("<voice gender='female'>x</voice>", "", ()),
    ],
)
def test_voices(document: str, language: str, voices: tuple[str, ...]) -> None:
    found, _ = items(f"<speak>{document}</speak>")
    (style,) = {item.style for item in found if isinstance(item, Text) and item.piece.text == "x"}
    assert (style.language, style.voices) == (language, voices)


def test_the_region_of_a_document_changes_no_voice() -> None:
    found, _ = items("<speak xml:lang='en-GB'>x</speak>")
    assert [item.style.language for item in found if isinstance(item, Text)] == ["en"]


@pytest.mark.parametrize(
    ("document", "note"),
    [
        ("<voice gender='female'>x</voice>", "voice gender 'female' is not known of any voice"),
        ("<prosody pitch='180Hz'>x</prosody>", "prosody pitch '180Hz' has no meaning here"),
        ("<prosody rate='&#10;very quick indeed, please'>x</prosody>", "prosody rate '\\nvery quick indeed, ' has no"),
    ],
)
def test_what_is_not_obeyed_is_noted(document: str, note: str) -> None:
    _, ssml = items(f"<speak>{document}</speak>")
    assert not ssml.error
    assert len(ssml.notes) == 1
    assert ssml.notes[0].startswith(note)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("<speak>a < b</speak>", "a < b"),
        ("<speak>this & that</speak>", "this & that"),
        ("<speak>One <b>two</speak>", "One two"),
        ("<speak>One</b> two</speak>", "One two"),
        ("<speak>One", "One"),
        ("<speak>One <break ti", "One"),
        ("<speak>One <prosody rate=fast>two</prosody></speak>", "One two"),
        ("<speak>caf&eacute; &nbsp; &copy;</speak>", "café ©"),
        ("<speak>One</speak> two", "One two"),
        ("<speak>One</speak><speak>two</speak>", "One two"),
        ("<speak>&unknown; x</speak>", "&unknown; x"),
        ("<?xml-stylesheet href='x'?><speak>One</speak>", "One"),
        ("<speak>One <?php echo 1 ?> two</speak>", "One two"),
        ("<!DOCTYPE speak><speak>One</speak>", "One"),
        ('<!DOCTYPE speak SYSTEM "file:///etc/passwd"><speak>One</speak>', "One"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><speak>One &e;</speak>', "One &e;"),
        ("<speak>One \x01 two</speak>", "One \x01 two"),
        ("<speak>One <sub alias='x'>W3C <bad two</speak>", "One W3C <bad two"),
        ("<speak>One <say-as interpret-as='digits'>12 & 3</say-as></speak>", "One 12 & 3"),
        ("bad <speak> & markup", "bad & markup"),
        ("<speak a='1' a='2'>One</speak>", "One"),
        ("<speak>2 < 3 and 4 > 1 <p>so</p></speak>", "2 < 3 and 4 > 1 so"),
        ("<speak>\ud800 & x</speak>", "? & x"),
        ("<speak>x]]> y</speak>", "x y"),
        ("</speak>One", "One"),
    ],
)
def test_of_what_is_not_valid_the_text_is_said(document: str, words: str) -> None:
    assert stripped(document) == words


@pytest.mark.parametrize(
    "document",
    [
        "Hello",
        "Hello <break/> there",
        "",
        "<p>Hello</p><p>there</p>",
        "  <speak>Hello</speak>\n",
        "\ufeff<speak>Hello</speak>",
        "\n<?xml version='1.0' encoding='ISO-8859-1'?>\n<speak>é</speak>",
        "<!-- x --><speak>Hello</speak>",
        "<speak xmlns='http://www.w3.org/2001/10/synthesis' version='1.1'>Hello</speak>",
        "<ssml:speak xmlns:ssml='x'><ssml:break/>Hello</ssml:speak>",
    ],
)
def test_documents_and_fragments_are_valid(document: str) -> None:
    assert items(document)[1].error == ""


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<speak>Hi</speak>", True),
        (" \n\t<speak version='1.0'>", True),
        ("\ufeff<speak>", True),
        ("<speak/>", True),
        ("<?xml version='1.0'?><speak>", True),
        ("<?xml version='1.0'?>\n <speak>", True),
        ("<speaker>", False),
        ("<speaks", False),
        ("Hello <speak>", False),
        ("<p>Hello</p>", False),
        ("<?xml version='1.0'?><html>", False),
        ("speak", False),
        ("x", False),
        ("<?xml " + "x" * 300, False),
        ("", None),
        (" ", None),
        ("<", None),
        ("<spea", None),
        ("<speak", None),
        ("<?xm", None),
        ("<?xml version='1.0'", None),
        ("<?xml version='1.0'?>", None),
        ("<?xml version='1.0'?> <sp", None),
    ],
)
def test_detection(document: str, expected: bool | None) -> None:
    assert is_ssml(document, closed=False) is expected
    assert is_ssml(document, closed=True) is bool(expected)
    known = [is_ssml(document[:end], closed=False) for end in range(len(document) + 1)]
    decided = [each for each in known if each is not None]
    assert len(set(decided)) <= 1  # no later character changes a decision


def test_places_are_characters_of_the_document() -> None:
    document = "<speak>é <break time='1s'/>中&amp;<sub alias='x y'>z</sub>\r\n𝄞<mark name='m'/></speak>"
    found, _ = items(document)
    shown = [
        (document[item.piece.start : item.piece.end], item.piece.text)
        if isinstance(item, Text)
        else document[item.start : item.end]  # type: ignore[union-attr]
        for item in found
    ]
    expected = [("é ", "é "), "<break time='1s'/>", ("中", "中"), ("&amp;", "&"), ("z", "x y"), ("\r\n", " ")]
    assert shown == [*expected, ("𝄞", "𝄞"), "<mark name='m'/>"]


def test_segments_end_at_pauses_styles_and_paragraphs_not_at_marks() -> None:
    document = (
        "<speak>One <mark name='a'/>two, <break time='1s'/>three <prosody rate='2'>four</prosody> five"
        "<p>Six</p>seven. <mark name='b'/>Eight.<mark name='c'/></speak>"
    )
    taken = fed(document)
    shown = [(segment.text, segment.more, each.silence_s, each.style.rate) for segment, each in taken]
    assert shown == [
        ("One two,", True, 0, 1),
        ("", True, 1, 1),
        ("three", True, 0, 1),
        ("four", True, 0, 2),
        ("five", False, 0, 1),
        ("Six", False, 0, 1),
        ("seven.", False, 0, 1),
        ("Eight.", False, 0, 1),
    ]
    assert [[(mark.at, mark.mark.name) for mark in each.marks] for _, each in taken if each.marks] == [
        [(4, "a")],
        [(0, "b")],
    ]


def test_phonemes_are_those_of_the_elements_characters() -> None:
    (segment, directions), *_ = fed(
        "<speak>Say <phoneme ph='tə/m[ɑ]ː 2'>to&#109;ato</phoneme>, <phoneme ph='x'>b</phoneme>.</speak>"
    )
    shown = [(segment.text[each.start : each.end], each.ipa) for each in directions.pronunciations]
    assert shown == [("tomato", "təmɑː"), ("b", "x")]


@pytest.mark.parametrize(
    ("attributes", "ipa", "noted"),
    [
        ("alphabet='X-SAMPA' ph='t@\"mA:toU'", "təˈmɑːtoʊ", ""),
        ("alphabet='x-sampa' ph='t(@)'", None, "phoneme ph 't(@)' in the alphabet 'x-sampa' has no meaning here"),
        ("alphabet='arpabet' ph='AH'", None, "phoneme ph 'AH' in the alphabet 'arpabet' has no meaning here"),
        ("alphabet='arpabet'", None, ""),
        ("alphabet='x-sampa'", None, ""),
        ("ph='{'", "{", ""),
    ],
)
def test_alphabets_of_phonemes(attributes: str, ipa: str | None, noted: str) -> None:
    found, document = items(f"<speak><phoneme {attributes}>x</phoneme></speak>")
    phonemes = [item.phonemes.ipa if item.phonemes else None for item in found if isinstance(item, Text)]
    assert (phonemes, document.notes) == ([ipa], [noted] if noted else [])


def test_a_pause_is_as_long_as_written() -> None:
    found, _ = items("<speak><break time='1234ms'/></speak>")
    assert [item.seconds for item in found if isinstance(item, Pause)] == [1.234]
