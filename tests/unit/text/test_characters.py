"""Characters in the form in which the rules know them."""

import unicodedata

import pytest

from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.traced import Traced


def form(text: str) -> str:
    return str(composed(Traced.of(text)))


@pytest.mark.parametrize(
    "text",
    [
        "café",
        "Zoë naïve façade",
        "Škoda",
        "Ångström",
        "Nguyễn",
        "ça",
        "한국어",
        "が",
        "कि",
        "ко́фе",
        "שָׁלוֹם",
        "≠",
        "ὁ ἄνθρωπος",
    ],
)
def test_a_decomposed_text_is_the_composed_one(text: str) -> None:
    assert form(unicodedata.normalize("NFD", text)) == form(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Compatibility variants
        ("ｆｕｌｌ ＷＩＤＴＨ １２３％！", "full WIDTH 123%!"),
        ("𝐁𝐨𝐥𝐝 𝑖𝑡𝑎𝑙𝑖𝑐 𝓼𝓬𝓻𝓲𝓹𝓽 𝔽𝕣𝕒𝕜 𝟙𝟮𝟯", "Bold italic script Frak 123"),
        ("eﬃcient ﬁrst ﬂoor", "efficient first floor"),
        ("① First ② second", "1 First 2 second"),
        ("①②③", "1 2 3"),
        ("step①then", "step 1 then"),
        ("⑴ and ⒌ and ⓮ and ❸", "1 and 5 and 14 and 3"),
        ("Ⓐ ⓑ 🄲", "A b C"),
        ("Henry Ⅷ and ⅳ", "Henry VIII and iv"),
        ("5㎏ of 20㎡ and 3㎥", "5kg of 20m² and 3m³"),
        ("25℃ or 77℉", "25°C or 77°F"),
        ("at 5㏂", "at 5a.m."),
        ("3 ㎧ and 2 ㏈", "3 m/s and 2 dB"),
        ("in ↁ or aↂ", "in 5000 or a 10000"),
        ("H₂O and CO₂", "H2O and CO2"),
        ("1ˢᵗ and 4ᵗʰ", "1st and 4th"),
        ("ꜱᴍᴀʟʟ ᴄᴀᴘs", "small caps"),
        ("1️⃣ and #️⃣", "1 and #"),
        ("٣ and ७", "3 and 7"),
        ("K is kelvin, Å is angstrom", "K is kelvin, Å is angstrom"),
        ("1⁄2", "1/2"),
        ("25ºC", "25°C"),
        ("nº 5", "№ 5"),
        # Quotes, dashes, spaces
        ("don’t", "don't"),
        ("‘quoted’ and „German“ and «French»", "'quoted' and “German“ and “French”"),
        ("it`s and it´s and itʼs", "it's and it's and it's"),
        ("5’11” tall", "5'11\" tall"),
        ("10\u202f000 and 10\u00a0000 and 10\u2009000", "10 000 and 10 000 and 10 000"),
        ("a\tb\u2028c\u3000d", "a b c d"),
        ("co‑operate ‐ ﹣ －", "co-operate - - -"),
        # Removed
        ("so\u00adlar \u200bze\u200dro\u2060 \ufeffbom", "solar zero bom"),
        ("\u202aleft\u202c \u2067iso\u2069", "left iso"),
        ("a\ue000b\uf8ffc\U000f0000d", "abcd"),
        ("\ud800x\udfff", "x"),
        ("x\U000e0041\U000e0042y", "xy"),
        ("bell\x07 null\x00 \ufffdbad", "bell null bad"),
        ("h̷e̶l̸l̵o̴", "hello"),
        ("e" + "\u0301" * 5000, "é"),
        ("\u0301start", "start"),
        ("☎️", "☎"),
    ],
)
def test_one_form(text: str, expected: str) -> None:
    assert form(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Plain text, with (marks) - and 'quotes'; \"double\"!",
        "x² + 10⁶ − 2ⁿ ≤ ½ ⅓ ¾",
        "20 µm, 45° 30′ 15″",
        "wait… – — “quoted”",
        "café Zoë Škoda ß æ ø",
        "€ £ ¥ ₹ © ® ™ § № ±",
        "日本語 Привет",
        "👩‍💻 👨‍👩‍👧 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🇫🇷 👍🏽",
        "ℵ ℏ ∞ ∑ π",
    ],
)
def test_left_as_it_is(text: str) -> None:
    assert form(text) == text


def test_a_composed_character_comes_from_all_its_characters() -> None:
    text = composed(Traced.of("a cafe\u0301 ﬁt"))
    assert [text.origin(i, i + 1) for i in range(len(text))] == [
        (0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 7), (7, 8), (8, 9), (8, 9), (9, 10),
    ]  # fmt: skip


def test_a_removed_character_leaves_no_trace() -> None:
    text = composed(Traced.of("so\u00adlar"))
    assert (text, text.begins, text.ends) == ("solar", [0, 1, 3, 4, 5], [1, 2, 4, 5, 6])
