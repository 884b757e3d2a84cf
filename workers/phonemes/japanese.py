"""Japanese: text to phonemes in the alphabet of Kokoro's Japanese voices, by the package pyopenjtalk-plus (MIT).

The package finds words, their readings in katakana, and numbers with their counters. Source of the symbols: misaki
0.9.4 (Apache-2.0), after cutlet (MIT).
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.phonemes.letters import pairs
from steadyvoice.workers.text.patterns import lazy

_MORAS: Final = pairs("""
    あ a い i う ɯ え e お o ぁ a ぃ i ぅ ɯ ぇ e ぉ o
    か ka き kʲi く kɯ け ke こ ko が ɡa ぎ ɡʲi ぐ ɡɯ げ ɡe ご ɡo
    さ sa し ɕi す sɨ せ se そ so ざ ʣa じ ʥi ず zɨ ぜ ʣe ぞ ʣo
    た ta ち ʨi つ ʦɨ て te と to だ da ぢ ʥi づ zɨ で de ど do
    な na に ɲi ぬ nɯ ね ne の no は ha ひ çi ふ ɸɯ へ he ほ ho
    ば ba び bʲi ぶ bɯ べ be ぼ bo ぱ pa ぴ pʲi ぷ pɯ ぺ pe ぽ po
    ま ma み mʲi む mɯ め me も mo や ja ゆ jɯ よ jo ら ɾa り ɾʲi る ɾɯ れ ɾe ろ ɾo
    わ βa ゎ βa ゐ i ゑ e を o ゔ vɯ ゃ ja ゅ jɯ ょ jo ゕ ka ゖ ke っ ʔ ー ː
    いぇ je うぃ βi うぇ βe うぉ βo つぃ ʦʲi とぅ tɯ どぅ dɯ
    てぃ tʲi でぃ dʲi ふぃ ɸʲi ゔぃ vʲi ふぁ ɸa ふぇ ɸe ふぉ ɸo ゔぁ va ゔぇ ve ゔぉ vo
""")
_JOINED: Final = pairs("""
    き kʲ ぎ ɡʲ し ɕ じ ʥ ち ʨ ぢ ʥ て tʲ で dʲ に ɲ ひ ç び bʲ ぴ pʲ ふ ɸʲ み mʲ り ɾʲ ゔ bʲ く kᵝ ぐ ɡᵝ つ ʦ
""")
"""Before a small kana."""
_SMALL: Final = pairs("ゃ a ゅ ɨ ょ o ぁ a ぃ i ぅ ɯ ぇ e ぉ o")
_NASAL: Final = (("m", "mpb"), ("ŋ", "kɡ"), ("ɲ", "ɲʨʥ"), ("n", "ntdɾz"))
"""ん before these."""
_UNIT: Final = lazy("[ぁ-もや-ゔ][ゃゅょぁぃぅぇぉ]|[ぁ-ゖー]")
_RUN: Final = lazy(r"\w+")
_STOP: Final = "ʔ"
"""Of っ, which belongs to the word behind it too."""
_MISSING: Final = "Japanese needs the package pyopenjtalk-plus; pip install 'steadyvoice[japanese]'"


def check_installed() -> None:
    """NotInstalled where the package is missing. Does not import it."""
    if find_spec("pyopenjtalk") is None:
        raise NotInstalled(_MISSING)


def phonemes(kana: str) -> str:
    """Of a reading in katakana or hiragana; what is no kana is left out."""
    said = ""
    for unit in reversed(_UNIT.findall("".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in kana))):
        said = _unit(unit, said) + said
    return said


def _unit(unit: str, following: str) -> str:
    if unit == "ん":
        return next((nasal for nasal, before in _NASAL if following[:1] and following[0] in before), "ɴ")
    if unit in _MORAS:
        return _MORAS[unit]
    first, small = unit[0], unit[1]
    if first in _JOINED:
        return _JOINED[first] + _SMALL[small]
    return _unit(first, "") + _MORAS[small] if first in "んっー" else _MORAS[first][:-1] + _SMALL[small]


@cache
def _analysis() -> Callable[[str], list[Any]]:
    try:
        from pyopenjtalk import run_frontend
    except ImportError:
        raise NotInstalled(_MISSING) from None
    analysis: Callable[[str], list[Any]] = run_frontend
    return analysis


def words(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The words of a part of the text, each with its phonemes."""
    last: tuple[int, int, str] | None = None
    for run in _RUN.finditer(text, start, end):
        for begin, stop, said in _placed(run[0], run.start()):
            if last is not None and last[2].endswith(_STOP) and last[1] == begin:
                last = last[0], stop, last[2] + said
                continue
            if last is not None:
                yield last
            last = begin, stop, said
    if last is not None:
        yield last


def _placed(run: str, start: int) -> Iterator[tuple[int, int, str]]:
    """Words without a space between them. The package writes numbers as words, which are not in the text: what it says
    of them belongs to the characters that it passed over.
    """
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in run)
    at, passed = 0, ""
    for node in _analysis()(run):
        said = phonemes(node["pron"])
        place = wide.find(node["string"], at)
        if place < 0 or (place > at and not passed):
            passed += said
            continue
        if passed and place > at:
            yield start + at, start + place, passed
            passed = ""
        at = place + len(node["string"])
        if passed + said:
            yield start + place, start + at, passed + said
        passed = ""
    if passed and at < len(run):
        yield start + at, start + len(run), passed
