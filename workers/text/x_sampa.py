"""X-SAMPA, the phonetic alphabet in ASCII, to IPA.

Source: J. C. Wells, "Computer-coding the IPA: a proposed extension of SAMPA" (1995), and the revision of 2000.
"""

from typing import Final

from steadyvoice.workers.text.patterns import lazy, one_of

_LETTERS: Final = """
    A ɑ  B β  C ç  D ð  E ɛ  F ɱ  G ɣ  H ɥ  I ɪ  J ɲ  K ɬ  L ʎ  M ɯ  N ŋ  O ɔ  P ʋ  Q ɒ  R ʁ  S ʃ  T θ  U ʊ  V ʌ
    W ʍ  X χ  Y ʏ  Z ʒ  g ɡ  1 ɨ  2 ø  3 ɜ  4 ɾ  5 ɫ  6 ɐ  7 ɤ  8 ɵ  9 œ  @ ə  { æ  } ʉ  & ɶ  ? ʔ
    d` ɖ  l` ɭ  n` ɳ  r` ɽ  s` ʂ  t` ʈ  z` ʐ  @` ɚ  3` ɝ
    B\\ ʙ  G\\ ɢ  H\\ ʜ  I\\ ᵻ  J\\ ɟ  K\\ ɮ  L\\ ʟ  M\\ ɰ  N\\ ɴ  O\\ ʘ  R\\ ʀ  U\\ ᵿ  X\\ ħ
    h\\ ɦ  j\\ ʝ  l\\ ɺ  p\\ ɸ  r\\ ɹ  r\\` ɻ  s\\ ɕ  v\\ ʋ  x\\ ɧ  z\\ ʑ
    3\\ ɞ  @\\ ɘ  ?\\ ʕ  <\\ ʢ  >\\ ʡ  !\\ ǃ  |\\ ǀ  |\\|\\ ǁ  =\\ ǂ
    b_< ɓ  d_< ɗ  d`_< ᶑ  g_< ɠ  G\\_< ʛ  J\\_< ʄ
"""
_MARKS: Final = """
    " ˈ  % ˌ  : ː  :\\ ˑ  ' ʲ  ` ˞  -\\ ‿  | |  || ‖  . .
    _> ʼ  _?\\ ˤ  _G ˠ  _h ʰ  _j ʲ  _l ˡ  _n ⁿ  _w ʷ
"""
_COMBINING: Final = """
    = 0329  ~ 0303  _" 0308  _+ 031F  _- 0320  _/ 030C  _0 0325  _= 0329  _\\ 0302  _^ 032F  _} 031A  _~ 0303  _A 0318
    _a 033A  _B 030F  _c 031C  _d 032A  _e 0334  _F 0302  _H 0301  _k 0330  _L 0300  _M 0304  _m 033B  _N 033C  _O 0339
    _o 031E  _q 0319  _R 030C  _r 031D  _T 030B  _t 0324  _v 032C  _X 0306  _x 033D
"""
"""Code points of the diacritics."""
_SILENT: Final = "- ! ^ <R> <F>"
"""The separator of symbols, steps of tones and global tones: no engine says them."""


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_IPA: Final = {
    **{letter: letter for letter in "abcdefhijklmnopqrstuvwxyz"},
    **_pairs(_LETTERS),
    **_pairs(_MARKS),
    **{symbol: chr(int(code, 16)) for symbol, code in _pairs(_COMBINING).items()},
    **dict.fromkeys(_SILENT.split(), ""),
}
_SYMBOL: Final = lazy(rf"\s*(?:{one_of(_IPA)})")


def ipa(text: str) -> str:
    """The phonemes in IPA, without spaces; empty where the text is no X-SAMPA."""
    said, at = "", 0
    text = text.strip()
    while at < len(text):
        symbol = _SYMBOL.match(text, at)
        if symbol is None:
            return ""
        said += _IPA[symbol[0].lstrip()]
        at = symbol.end()
    return said
