"""Mandarin: pinyin to phonemes, and where the words are, if the packages that find them are installed."""

import sys
from importlib.util import find_spec

import pytest

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.phonemes import chinese
from steadyvoice.workers.phonemes.chinese import syllable
from steadyvoice.workers.phonemes.registry import check_readable, reader

HAS_PACKAGES = find_spec("jieba") is not None and find_spec("pypinyin") is not None


@pytest.mark.parametrize(
    ("initial", "final", "ipa"),
    [
        ("m", "a1", "ma→"),
        ("h", "ao3", "xau↓"),
        ("b", "ei3", "pei↓"),
        ("j", "ing1", "ʨi→ŋ"),
        ("zh", "i1", "ꭧɨ→"),
        ("s", "i4", "sɨ↘"),
        ("ch", "uan2", "ꭧʰwa↗n"),
        ("x", "üe2", "ɕɥe↗"),
        ("l", "ü4", "ly↘"),
        ("", "er2", "ɚ↗"),
        ("", "uei4", "wei↘"),
        ("b", "o1", "pwo→"),
        ("", "o2", "ɔ↗"),
        ("d", "e5", "tɤ"),
        ("r", "en2", "ɻə↗n"),
        ("", "", ""),
        ("", "x1", ""),
        ("q", "", ""),
        ("v", "a1", ""),
    ],
)
def test_syllables(initial: str, final: str, ipa: str) -> None:
    assert syllable(initial, final) == ipa


@pytest.mark.parametrize("package", ["jieba", "pypinyin"])
def test_without_the_packages(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    chinese._packages.cache_clear()
    for reads in (check_readable, lambda language: reader(language)("你好")):
        with pytest.raises(NotInstalled, match=r"steadyvoice\[chinese\]"):
            reads("zh-CN")


@pytest.mark.skipif(not HAS_PACKAGES, reason="jieba and pypinyin are not installed")
@pytest.mark.parametrize("language", ["zh-CN", "cmn-CN"])
@pytest.mark.parametrize(
    ("text", "ipa", "words"),
    [
        ("你好，世界！", "ni↓xau↓, ʂɨ↘ʨje↘!", ["你好", "世界"]),
        ("我喜欢北京。", "wo↓ ɕi↓xwa→n pei↓ʨi→ŋ.", ["我", "喜欢", "北京"]),
        ("「好」abc…", "“xau↓”…", ["好"]),
        ("", "", []),
    ],
)
def test_text(language: str, text: str, ipa: str, words: list[str]) -> None:
    reading = reader(language)(text)
    assert reading.ipa == ipa
    assert [text[word.start : word.end] for word in reading.words] == words
