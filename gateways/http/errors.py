"""Errors in OpenAI's shape, which its SDK shows and decides by, and in those of the other protocols. Pure."""

import json
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import msgspec

from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.gateways.http.encoding.formats import UnsupportedFormat
from steadyvoice.gateways.http.voice_names import UnknownVoice
from steadyvoice.ipc.errors import NotInstalled, RequestRefused, SteadyvoiceError, UtteranceFailed

ERROR_FIELD: Final = "Steadyvoice-Error"
"""Trailer field of a response with audio that ended early."""
_RETRY_S: Final = 1
_TYPES: Final = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_FIELDS: Final = {"rate": "speed"}
"""OpenAI's names of fields of ``speak``."""
_STATUS: Final = {
    "text_empty": 400,
    "text_too_long": 400,
    "unsupported_text": 400,
    "unknown_voice": 400,
    "voice_not_installed": 400,
    "out_of_range": 400,
    "bad_message": 400,
    "too_many_utterances": 429,
    "too_many_clients": 503,
}
_PARAMETERS: Final = {
    "text_empty": "input",
    "text_too_long": "input",
    "unsupported_text": "input",
    "unknown_voice": "voice",
    "voice_not_installed": "voice",
}


class Refused(SteadyvoiceError):
    """The request is answered with this status, and nothing is spoken."""

    def __init__(self, status: int, code: str, message: str, param: str | None = None, *, retry: bool = False) -> None:
        """param: the field of the request. retry: the same request may succeed in a second."""
        super().__init__(message)
        self.status, self.code, self.param, self.retry = status, code, param, retry
        self.sample: int | None = None
        """Where the audio ended, if it had begun."""

    def after(self, sample: int) -> "Refused":
        """The same, where the audio had begun, and ended at this sample of the speech."""
        message = f"{self}; the audio ended at sample {sample}"
        ended = Refused(self.status, self.code, message, self.param, retry=self.retry)
        ended.sample = sample
        return ended

    @property
    def event(self) -> dict[str, Any]:
        """For a client that already has audio. retry: a request with this ``from_sample`` may have the rest."""
        return {"type": "error", **_openai(self), "sample": self.sample, "retry": self.retry}

    @property
    def trailer(self) -> bytes:
        """The same as a field of HTTP, in ASCII."""
        return f"{ERROR_FIELD}: {json.dumps(self.event)}".encode()

    def body(self, path: str = "") -> bytes:
        """JSON, as a client of this path of the gateway expects an error."""
        shape = next((shape for start, shape in _SHAPES.items() if path.startswith(start)), _openai)
        return msgspec.json.encode(shape(self))

    @property
    def headers(self) -> dict[str, str]:
        """OpenAI's SDK repeats 408, 409, 429 and all from 500 unless a header forbids it."""
        headers = {"x-should-retry": "true" if self.retry else "false"}
        if self.retry:
            headers["Retry-After"] = str(_RETRY_S)
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def _openai(refused: Refused) -> dict[str, Any]:
    kind = _TYPES.get(refused.status, "invalid_request_error" if refused.status < 500 else "server_error")
    error = {"message": str(refused), "type": kind, "param": refused.param, "code": refused.code}
    return {"error": error}


def _cartesia(refused: Refused) -> dict[str, Any]:
    title = refused.code.replace("_", " ").capitalize()
    return {"error_code": refused.code, "title": title, "message": str(refused), "request_id": str(uuid4())}


def _elevenlabs(refused: Refused) -> dict[str, Any]:
    return {"detail": {"status": refused.code, "message": str(refused)}}


def _deepgram(refused: Refused) -> dict[str, Any]:
    return {"err_code": refused.code, "err_msg": str(refused), "request_id": str(uuid4())}


_SHAPES: Final[dict[str, Callable[[Refused], dict[str, Any]]]] = {
    "/tts/": _cartesia,
    "/v1/text-to-": _elevenlabs,
    "/v1/speak": _deepgram,
}
"""By the beginning of the path."""


def refusal(error: SteadyvoiceError) -> Refused:
    """The answer to a request that failed before its first sample."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, DaemonUnreachable):
        return Refused(503, "not_ready", str(error), retry=True)
    if isinstance(error, UnknownVoice):
        return Refused(400, "voice_not_found", str(error), "voice")
    if isinstance(error, NotInstalled | UnsupportedFormat):
        return Refused(400, "unsupported_format", str(error), "response_format")
    if isinstance(error, RequestRefused | UtteranceFailed):
        retry = isinstance(error, RequestRefused) and error.retryable
        code = "voice_not_found" if error.code == "unknown_voice" else error.code
        field = error.field if isinstance(error, RequestRefused) else ""
        param = _FIELDS.get(field, field) or _PARAMETERS.get(error.code)
        return Refused(_STATUS.get(error.code, 500), code, str(error), param, retry=retry)
    return Refused(500, "internal_error", str(error))
