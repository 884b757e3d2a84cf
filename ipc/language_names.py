"""Languages by their BCP 47 tags: English names, and which a text may be found to be in."""

from typing import Final

_NAMES: Final = {
    "ar": "Arabic", "bn": "Bengali", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian",
    "fr": "French", "he": "Hebrew", "hi": "Hindi", "hy": "Armenian", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "sv": "Swedish", "ta": "Tamil", "te": "Telugu", "th": "Thai", "uk": "Ukrainian", "ur": "Urdu", "zh": "Chinese",
    "und-Arab": "Arabic", "und-Cyrl": "Cyrillic", "und-Deva": "Devanagari", "und-Hebr": "Hebrew",
}  # fmt: skip


DETECTED: Final = tuple(tag for tag in _NAMES if tag != "hi" and not tag.startswith("und-"))
"""Languages that a text may be found to be in (workers/text/detection.py)."""


def base(tag: str) -> str:
    """ "en" of "en-US"; Mandarin, cmn, is zh."""
    language = tag.partition("-")[0].lower()
    return "zh" if language == "cmn" else language


def name(tag: str) -> str:
    """ "es-MX" as "Spanish"; a script's name where the language is undetermined; the tag where it is not known."""
    return _NAMES.get(tag) or _NAMES.get(tag.partition("-")[0], tag)
