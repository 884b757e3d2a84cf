"""Spiel's values: features and formats of voices, rate and pitch, and the stream of audio and events. Pure.

Sources: org.freedesktop.Speech.Provider.xml and speech-provider-common.h of libspeechprovider 1.0.
"""

import math
import struct
from typing import Final

from steadyvoice.ipc.messages import Mark, VoiceInfo

HEADER: Final = b"0.01"
"""Version of the stream, at its beginning."""
_AUDIO: Final = struct.Struct("=BI")
"""Type of the chunk, and the bytes that follow."""
_EVENT: Final = struct.Struct("=BBIII")
"""Type of the chunk, type of the event, first and last character, and the bytes of the mark's name that follow."""
_AUDIO_CHUNK, _EVENT_CHUNK = 1, 2
_WORD, _MARK = 1, 4

_ANY_LANGUAGE: Final = (
    0x1  # events at words
    | 0x8  # events at marks of SSML; Orca sends marks only then
    | 0x40  # say-as telephone
    | 0x80  # say-as characters
    | 0x1000  # break
    | 0x2000  # sub
    | 0x10000  # prosody
    | 0x20000  # p, s
)
_ENGLISH: Final = 0x10 | 0x20 | 0x200 | 0x400
"""say-as date, time, cardinal and ordinal."""
_OCTAVE: Final = 12.0


def voice(info: VoiceInfo) -> tuple[str, str, str, int, list[str]]:
    """An entry of the property ``Voices``: name, identifier, format, features, languages."""
    audio = f"audio/x-spiel,format=S16LE,channels=1,rate={info.sample_rate}"
    english = info.language.casefold().partition("-")[0] == "en"
    return info.name, info.name, audio, _ANY_LANGUAGE | (_ENGLISH if english else 0), [info.language]


def rate(spiel: float) -> float:
    """The daemon's rate, 0.5 to 2, for one of 0.1 to 10: on a logarithmic scale, where 1 stays 1, so that a slider that
    sends these values changes the rate over its whole length, as Orca's does.
    """
    if not math.isfinite(spiel):
        return 1.0
    return float(2.0 ** math.log10(min(max(spiel, 0.1), 10.0)))


def pitch(spiel: float) -> float:
    """Semitones for a pitch of 0 to 2: an octave down to an octave up."""
    if not math.isfinite(spiel):
        return 0.0
    return (min(max(spiel, 0.0), 2.0) - 1.0) * _OCTAVE


def audio(samples: bytes) -> bytes:
    """A chunk of audio."""
    return _AUDIO.pack(_AUDIO_CHUNK, len(samples)) + samples


def event(mark: Mark) -> bytes:
    """A chunk for a word or a mark that is about to be heard."""
    name = mark.name.encode()
    return _EVENT.pack(_EVENT_CHUNK, _MARK if name else _WORD, mark.start, mark.end, len(name)) + name
