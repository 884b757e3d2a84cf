"""What the server sets before each message, as options of svd's ``speak``. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from steadyvoice.gateways import voices as choice
from steadyvoice.ipc.messages import VoiceInfo
from steadyvoice.ipc.reading_mode import Capitals, Punctuation

_SEMITONES: Final = 12
_NO_SHIFT: Final = 10
"""Up to this pitch, which Orca sets by default, the voice's own is kept: to shift it delays a message by 7 ms."""
_PUNCTUATION: Final[dict[str, Punctuation]] = {"none": "none", "some": "some", "most": "most", "all": "all"}
_CAPITALS: Final[dict[str, Capitals]] = {"none": "none", "spell": "spell", "icon": "spell"}
"""This gateway has no sound to play before a capital."""
_NUMBERS: Final = ("rate", "pitch", "volume")
_UNSET: Final = "NULL"


class Settings(msgspec.Struct, frozen=True):
    """The server's values: numbers from -100 to 100, and empty strings where nothing is set."""

    rate: int = 0
    pitch: int = 0
    volume: int = 100
    punctuation: Punctuation = "none"
    spelling: bool = False
    capitals: Capitals = "none"
    voice_type: str = ""
    """``male1`` … ``child_female``."""
    language: str = ""
    voice: str = ""
    """The name of a voice."""

    def changed(self, lines: Iterable[str]) -> "Settings | None":
        """With the ``key=value`` lines of SET; None if one is no such line.

        Unknown keys and values that cannot be read change nothing: a newer server must not silence a screen reader.
        """
        new: dict[str, Any] = {}
        for line in lines:
            key, equals, value = line.partition("=")
            if not equals:
                return None
            value = "" if value == _UNSET else value
            if key in _NUMBERS:
                try:
                    new[key] = max(-100, min(100, int(value)))
                except ValueError:
                    continue
            elif key == "punctuation_mode":
                new["punctuation"] = _PUNCTUATION.get(value, self.punctuation)
            elif key == "cap_let_recogn":
                new["capitals"] = _CAPITALS.get(value, self.capitals)
            elif key == "spelling_mode":
                new["spelling"] = value == "on"
            elif key in ("voice", "language"):
                new["voice_type" if key == "voice" else key] = value
            elif key == "synthesis_voice":
                new["voice"] = value
        return msgspec.structs.replace(self, **new)

    def options(self) -> dict[str, Any]:
        """Fields of the ``speak`` request, without text and voice.

        Rate: a factor of two in either direction. Pitch: an octave. Volume: 100 is the voice's own, -100 is silence.
        """
        return {
            "rate": round(2.0 ** (self.rate / 100), 3),
            "pitch": round(self.pitch / 100 * _SEMITONES, 2) if abs(self.pitch) > _NO_SHIFT else 0.0,
            "volume": (self.volume + 100) / 200,
            "punctuation": self.punctuation,
            "spelling": self.spelling,
            "capitals": self.capitals,
        }

    def chosen_voice(self, voices: Iterable[VoiceInfo], types: Mapping[str, str]) -> str:
        """Name of the voice, empty: the daemon's default.

        The named voice; else the one that the configuration has for the voice type, if it speaks the language; else
        the best one for the language. types: voice type to voice, of the configuration.
        """
        known = list(voices)
        if self.voice and (named := choice.named(self.voice, known, types)):
            return named.name
        language = choice.speaking(self.language, known) if self.language else None
        typed = choice.named(types.get(self.voice_type.casefold(), ""), known, {})
        if typed is not None and (language is None or _root(typed.language) == _root(language.language)):
            return typed.name
        return language.name if language is not None and not language.default else ""


def _root(language: str) -> str:
    return language.casefold().partition("-")[0]
