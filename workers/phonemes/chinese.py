"""Mandarin: characters to phonemes in the alphabet of Kokoro's Chinese voices, by the packages jieba and pypinyin.

Source of the symbols: misaki 0.9.4 (Apache-2.0), which follows pinyin-to-ipa (MIT): affricates are one letter, tones
are arrows behind the vowel, and no tone changes beside another.
"""

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

from steadyvoice.ipc import paths
from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.phonemes.letters import pairs

_INITIALS: Final = pairs("""
    b p p pʰ m m f f d t t tʰ n n l l g k k kʰ h x j ʨ q ʨʰ x ɕ zh ꭧ ch ꭧʰ sh ʂ r ɻ z ʦ c ʦʰ s s
""")
_TONE: Final = "0"
_FINALS: Final = pairs("""
    a a0 ai ai0 an a0n ang a0ŋ ao au0 e ɤ0 ei ei0 en ə0n eng ə0ŋ er ɚ0 ê ɛ0 i i0 ia ja0 ian jɛ0n iang ja0ŋ iao jau0
    ie je0 in i0n iou jou0 ing i0ŋ iong jʊ0ŋ io jɔ0 ong ʊ0ŋ ou ou0 u u0 uei wei0 ua wa0 uai wai0 uan wa0n uen wə0n
    uang wa0ŋ ueng wə0ŋ uo wo0 o wo0 ü y0 üe ɥe0 üan ɥɛ0n ün y0n m m0 n n0 ng ŋ0 hm hm0 hng hŋ0
""")
_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_WITHOUT_INITIAL: Final = {"o": "ɔ0"}
_BUZZING: Final = frozenset("zh ch sh r z c s".split())
_BUZZED: Final = {"i": "ɨ0"}
_HAN: Final = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_MISSING: Final = "Chinese needs the packages jieba and pypinyin; pip install 'steadyvoice[chinese]'"


def check_installed() -> None:
    """NotInstalled where a package is missing. Imports none."""
    if find_spec("jieba") is None or find_spec("pypinyin") is None:
        raise NotInstalled(_MISSING)


def syllable(initial: str, final: str) -> str:
    """Phonemes of a syllable of pinyin; final: strict, with ü, and the tone's digit. "" for what is none."""
    tone = _TONES.get(final[-1:])
    name = final[:-1]
    if tone is None or name not in _FINALS or (initial and initial not in _INITIALS):
        return ""
    after = _WITHOUT_INITIAL if not initial else _BUZZED if initial in _BUZZING else _FINALS
    return _INITIALS.get(initial, "") + after.get(name, _FINALS[name]).replace(_TONE, tone)


def _cache() -> str:
    """Where jieba keeps its dictionary as it loads fastest: never a folder that others may write."""
    try:
        folder = paths.cache()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return os.devnull
    return str(folder)


@cache
def _packages() -> tuple[Callable[..., list[str]], Any, Any]:
    try:
        with warnings.catch_warnings(action="ignore"):  # jieba's source has escapes that Python warns of
            import jieba
            import pypinyin
    except ImportError:
        raise NotInstalled(_MISSING) from None
    jieba.setLogLevel(logging.CRITICAL + 1)  # else it writes to stderr while it loads
    jieba.dt.tmp_dir = _cache()
    return jieba.lcut, pypinyin.lazy_pinyin, pypinyin.Style


def words(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The words of a part of the text, each with its phonemes."""
    cut, pinyin, style = _packages()
    for run in _HAN.finditer(text, start, end):
        at = run.start()
        for word in cut(run[0]):
            initials = pinyin(word, style=style.INITIALS, strict=True)
            finals = pinyin(word, style=style.FINALS_TONE3, strict=True, neutral_tone_with_five=True, v_to_u=True)
            said = "".join(map(syllable, initials, finals))
            if said:
                yield at, at + len(word), said
            at += len(word)
