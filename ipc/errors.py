"""One tree of errors, each named by the reaction: whoever catches one knows from its class what to do.

Codes are for programs and are listed in docs/protocol.md; messages are one line for people. Built-in exceptions are
programming errors, or come from plugins and files; none of them is a signal between parts of this package.
"""

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
    "unknown_model",
    "model_too_large",
    "model_in_use",
    "out_of_range",
    "unknown_utterance",
    "nothing_playing",
    "no_sound_device",
    "no_source",
    "unknown_plugin",
    "bad_parameter",
    "plugin_not_permitted",
    "plugin_failed",
    "live_in_use",
    "unknown_stage",
    "cannot_profile",
    "too_many_utterances",
    "too_many_clients",
    "stage_failed",
]


class SteadyvoiceError(Exception):
    """Base of every error that this package raises on purpose; ``str()`` is one line: the fault, and what to do."""


class RequestRefused(SteadyvoiceError):
    """The daemon refused a request, and nothing has changed. Correct the request; where ``retryable``, repeat it later.

    ``field`` names the field of the request that is ``out_of_range``; empty with other codes.
    """

    def __init__(self, code: Code, message: str, *, retryable: bool = False, field: str = "") -> None:
        super().__init__(message)
        self.code: Code = code
        self.retryable = retryable
        self.field = field


class UtteranceFailed(SteadyvoiceError):
    """One utterance cannot be spoken to its end. Fail that utterance; its stage and all others continue."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code


class BadModelFile(SteadyvoiceError):
    """A model file is damaged, of another kind, or unsafe. Leave that file's voice out; the message names the file."""


class DeviceUnavailable(SteadyvoiceError):
    """A sound device or GPU does not exist or cannot be opened. Wait for it, or use another one."""


class NotInstalled(SteadyvoiceError):
    """A package, model file or voice is not on this machine. Install it, or do without it."""


class UnusableSource(SteadyvoiceError):
    """A source of live sound is unknown, or its file cannot be read. End the session; choose another source."""


class RingUnusable(SteadyvoiceError):
    """A ring was not received, is another kind of memory, or has invalid counters. Fail its utterance."""


class UnusableSocketPath(SteadyvoiceError):
    """The control socket cannot be created at this path. Choose another path."""


class WireError(SteadyvoiceError):
    """The peer sent bytes that are not a message. Close the connection."""


class Signal(BaseException):
    """Control flow of a stage. It is no Exception, so that no plugin's or library's ``except Exception`` catches it."""


class Stopping(Signal):
    """The supervisor has asked this stage to exit."""


class SupervisorGone(Signal):
    """The supervisor has closed its end of the stage's socket: the stage exits."""


class Fenced(Signal):
    """A replacement owns this process's end of the ring: nothing that this process writes there counts any more."""


class Stale(Signal):
    """The current utterance was cancelled: the stage drops the current block."""


def one_line(text: str, most: int = 500) -> str:
    """Make untrusted text fit for a log or a message: at most ``most`` characters, all of them printable."""
    text = text if len(text) <= most else f"{text[:most]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def describe(error: BaseException, most: int = 300) -> str:
    """Describe any exception in one line. The type precedes the message, except for OSError and SteadyvoiceError.

    Never raises, even where the exception's own ``__str__`` does.
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
