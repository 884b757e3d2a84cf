"""Letters of other scripts, and letters with diacritical marks, in an English text."""

import pytest
from support.reading import words

from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.english.scripts import named, romanized
from steadyvoice.workers.text.traced import Traced


def form(text: str) -> str:
    return str(romanized(named(composed(Traced.of(text)))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好", "Chinese text"),
        ("你好，世界。", "Chinese text."),
        ("He said 你好 to me.", "He said Chinese text to me."),
        ("Привет, как дела?", "Cyrillic text?"),
        ("Москва (Moscow) is big", "Cyrillic text (Moscow) is big"),
        ("これは日本語です。", "Japanese text."),
        ("日本語とEnglish", "Japanese text English"),
        ("wifi网络 works", "wifi Chinese text works"),
        ("한국어 텍스트", "Korean text"),
        ("مرحبا بالعالم!", "Arabic text!"),
        ("שלום", "Hebrew text"),
        ("हिन्दी में लिखा", "Devanagari text"),
        ("ภาษาไทย", "Thai text"),
        ("Ελληνικά is Greek", "Greek text is Greek"),
        ("ქართული and Հայերեն", "Georgian text and Armenian text"),
        ("你好 Привет", "Chinese text, Cyrillic text"),
        ("価格は25円", "Japanese text 25 Japanese text"),
        ("ᚠᚢᚦ", "Runic text"),
        ("أهلا، كيف حالك؟", "Arabic text?"),
        ("「はい」と言った", "Japanese text"),
        # Greek letters alone
        ("the α particle", "the alpha particle"),
        ("β-carotene and TGF-β", "beta-carotene and TGF-beta"),
        ("Δx and Δt", "delta x and delta t"),
        ("2πr", "2 pi r"),
        ("σ² and χ²", "sigma squared and chi squared"),
        ("αβ cells", "alpha beta cells"),
        ("ΔΣ", "delta sigma"),
        ("λ = 5", "lambda = 5"),
        ("Ω is last", "omega is last"),
        ("το", "Greek text"),
        # Letters with marks
        ("Škoda and Dvořák", "Skoda and Dvorak"),
        ("Łódź", "Lodz"),
        ("Nguyễn", "Nguyen"),
        ("İstanbul Đoković", "Istanbul Dokovic"),
        ("œuvre", "oeuvre"),
        ("Bakı and Məmməd and ɥǝllo", "Baki and Memmed and hello"),
        ("/tmp/ŋ.txt", "/tmp/ng.txt"),
        ("the ǂ and ƛx and ǃKung", "the alveolar click and x and Kung"),
        ("5ƛƱ", "5 lambda stroke upsilon"),
        ("ˀ", ""),
        ("Zoë and Brontë and naïve and coöperate", "Zoe and Bronte and naive and cooperate"),
        ("say /ˈkæfeɪ/ slowly", "say phonetic text slowly"),
    ],
)
def test_other_scripts(text: str, expected: str) -> None:
    assert form(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "café résumé façade jalapeño",
        "über Müller Göring Ångström",
        "smörgåsbord Søren Straße",
        "plain text",
        "x² ½ € → ☎ 😀",
        "20 µm",
        "ªº",
    ],
)
def test_left_as_it_is(text: str) -> None:
    assert form(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Read 你好 aloud.", "read chinese text aloud"),
        ("Привет", "cyrillic text"),
        ("the α-helix", "the alpha helix"),
        ("We met at the cafe\u0301.", "we met at the café"),
    ],
)
def test_what_is_said(text: str, expected: str) -> None:
    assert words(text) == expected


def test_other_languages_keep_their_letters() -> None:
    assert words("Привет Škoda", "cs-CZ") == "привет škoda"


def test_micro_and_ohm_are_units() -> None:
    assert named(Traced.of("20 μm and 5 μs, 10 kΩ and 5Ω")) == "20 µm and 5 µs, 10 kΩ and 5Ω"


def test_an_ohm_that_is_no_part_of_a_measure_is_said() -> None:
    assert form("some 5 kΩ") == "some 5 k ohms"
