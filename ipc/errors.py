"""What can go wrong, as a code for programs and a line for people. The list is docs/protocol.md's list."""

from typing import Literal

Code = Literal[
    "bad_message",
    "text_empty",
    "text_too_long",
    "unspeakable",
    "unknown_voice",
    "voice_not_installed",
    "unknown_converter",
    "converter_not_installed",
    "rate_out_of_range",
    "volume_out_of_range",
    "pitch_out_of_range",
    "formant_out_of_range",
    "sample_rate_out_of_range",
    "unknown_utterance",
    "nothing_playing",
    "no_sound_device",
    "too_many_utterances",
    "too_many_clients",
    "stage_failed",
]


class SteadyvoiceError(Exception):
    """Base of every error that this package raises on purpose; ``str()`` is one line: what, and what to do."""


class UnusableSocketPath(SteadyvoiceError, ValueError):
    """The control socket cannot be where its path says."""


class Refused(SteadyvoiceError):
    """The daemon understood the request and does not carry it out."""

    def __init__(self, code: Code, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code: Code = code
        self.retryable = retryable


class WireError(SteadyvoiceError):
    """The peer sent bytes that are no message. The connection cannot go on."""


def one_line(text: str, most: int = 500) -> str:
    """Text that may come from elsewhere, fit for a log or a message: cut off where it is long, nothing unprintable."""
    text = text if len(text) <= most else f"{text[:most]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
