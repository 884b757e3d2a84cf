"""Japanese: kana to phonemes, and where the words are, if the package that finds them is installed."""

import sys
from importlib.util import find_spec

import pytest

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.phonemes import japanese
from steadyvoice.workers.phonemes.japanese import phonemes
from steadyvoice.workers.phonemes.registry import check_readable, reader

HAS_PACKAGE = find_spec("pyopenjtalk") is not None


@pytest.mark.parametrize(
    ("kana", "ipa"),
    [
        ("サクラ", "sakɯɾa"),
        ("キョー", "kʲoː"),
        ("シャシン", "ɕaɕiɴ"),
        ("トーキョー", "toːkʲoː"),
        ("ガッコー", "ɡaʔkoː"),
        ("サンポ", "sampo"),
        ("サンカ", "saŋka"),
        ("アンニャ", "aɲɲa"),
        ("デンワ", "deɴβa"),
        ("ファイル", "ɸaiɾɯ"),
        ("ティー", "tʲiː"),
        ("チェック", "ʨeʔkɯ"),
        ("クォーツ", "kᵝoːʦɨ"),
        ("ヴァイオリン", "vaioɾʲiɴ"),
        ("デス’", "desɨ"),
        ("ンァ", "ɴa"),
        ("サァ", "sa"),
        ("、abc", ""),
    ],
)
def test_kana(kana: str, ipa: str) -> None:
    assert phonemes(kana) == ipa


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopenjtalk", None)
    japanese._analysis.cache_clear()
    for reads in (check_readable, lambda language: reader(language)("こんにちは")):
        with pytest.raises(NotInstalled, match=r"steadyvoice\[japanese\]"):
            reads("ja-JP")


@pytest.mark.skipif(not HAS_PACKAGE, reason="pyopenjtalk is not installed")
@pytest.mark.parametrize(
    ("text", "ipa", "words"),
    [
        ("こんにちは、世界！", "koɲɲiʨiβa, sekai!", ["こんにちは", "世界"]),
        ("雨が降っています。", "ame ɡa ɸɯʔte i masɨ.", ["雨", "が", "降って", "い", "ます"]),
        ("東京は12度", "toːkʲoː βa ʥɨːɲi do", ["東京", "は", "12", "度"]),
        ("「はい」（笑）", "“hai” (βaɾai)", ["はい", "笑"]),
        ("…", "…", []),
    ],
)
def test_text(text: str, ipa: str, words: list[str]) -> None:
    reading = reader("ja-JP")(text)
    assert reading.ipa == ipa
    assert [text[word.start : word.end] for word in reading.words] == words
