"""What can go wrong, as a code for programs and a line for people. The list is docs/protocol.md's list."""

import os
from typing import Literal

Code = Literal[
    "bad_message",
    "text_empty",
    "text_too_long",
    "unsupported_text",
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


class NotInstalled(SteadyvoiceError, LookupError):
    """No package or file on this machine has that name."""


class BadModelFile(SteadyvoiceError):
    """A file of a model is damaged, of another kind, or unsafe; the message names the file and the fault."""


class Signal(BaseException):
    """Control flow of a stage: no plugin or library raises it, and no ``except Exception`` of theirs catches it."""


class Stopping(Signal):
    """The supervisor wants this stage to end."""


class SupervisorGone(Signal):
    """The supervisor has closed its end of the stage's socket."""


class Fenced(Signal):
    """A replacement has this process's end of the ring; what this process writes there no longer counts."""


class Stale(Signal):
    """The current utterance was cancelled."""


class WireError(SteadyvoiceError):
    """The peer sent bytes that are no message. The connection cannot go on."""


def one_line(text: str, most: int = 500) -> str:
    """Text that may come from elsewhere, fit for a log or a message: cut off where it is long, nothing unprintable."""
    text = text if len(text) <= most else f"{text[:most]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def describe(error: BaseException, most: int = 300) -> str:
    """Any exception in one line: what it says, after its type where it is not an error of this package or the system.

    Never raises, whatever the exception's own ``__str__`` does.
    """
    try:
        text = str(error)
    except BaseException as second:  # of a plugin
        text = f"its message cannot be read: {type(second).__name__}"
    if isinstance(error, OSError) and error.strerror and not isinstance(error.strerror, bytes):
        text = str(error.strerror)
        if error.filename is not None:
            text += f": {os.fsdecode(error.filename) if isinstance(error.filename, bytes | str) else error.filename}"
    elif not isinstance(error, SteadyvoiceError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return one_line(" ".join(text[: 2 * most].split()), most)
