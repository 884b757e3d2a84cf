"""Errors as the dialogues report them. No input or output."""

from typing import Final

from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.gateways.http.encoding.formats import UnsupportedFormat
from steadyvoice.gateways.http.streaming.actions import Failure
from steadyvoice.gateways.http.voice_names import UnknownVoice
from steadyvoice.ipc.errors import NotInstalled, RequestRefused, SteadyvoiceError, UtteranceFailed, describe, one_line

_STATUS: Final = {
    "bad_message": 400,
    "out_of_range": 400,
    "text_too_long": 400,
    "too_many_contexts": 429,
    "too_many_utterances": 429,
    "unsupported_format": 400,
    "unsupported_text": 400,
    "unknown_voice": 404,
    "voice_not_installed": 404,
    "not_ready": 503,
}
_REASON_BYTES: Final = 120
"""Of the reason in a WebSocket's close frame, which holds 123."""


def failure_of(error: Exception) -> Failure:
    message = one_line(str(error) if isinstance(error, SteadyvoiceError) else describe(error), 500)
    if isinstance(error, RequestRefused):
        return Failure(error.code, message, error.retryable)
    if isinstance(error, UtteranceFailed):
        return Failure(error.code, message)
    if isinstance(error, UnknownVoice):
        return Failure("unknown_voice", message)
    if isinstance(error, UnsupportedFormat | NotInstalled):
        return Failure("unsupported_format", message)
    return Failure("not_ready" if isinstance(error, DaemonUnreachable) else "internal_error", message, retryable=True)


def status(failure: Failure) -> int:
    """The HTTP status for it."""
    return _STATUS.get(failure.code, 500)


def reason(failure: Failure) -> str:
    """The message, short enough for a close frame."""
    return failure.message.encode()[:_REASON_BYTES].decode(errors="ignore")
