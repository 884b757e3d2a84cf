"""Exceptions of the client library. ``str()`` is one line that says what to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from steadyvoice.ipc.errors import Code, SteadyvoiceError
from steadyvoice.ipc.errors import RequestRefused as RequestRefused
from steadyvoice.ipc.errors import UtteranceFailed as _UtteranceFailed

if TYPE_CHECKING:
    from steadyvoice.ipc.messages import Finished

ErrorFactory = Callable[[], SteadyvoiceError]
"""Returns a new exception each time, because several callers may raise it."""


class DaemonUnreachable(SteadyvoiceError):
    """No daemon answers at the socket, or the connection to it was lost. Start one (svd); the next call reconnects.

    ``__cause__`` is an OSError if connecting failed, a TimeoutError if a reply did not come in time.
    """


class ClientClosed(SteadyvoiceError):
    """The client was used after ``close``. Create a new client."""


class UtteranceFailed(_UtteranceFailed):
    """The utterance was accepted but could not be spoken to its end. ``finished.heard_chars`` characters were heard."""

    def __init__(self, code: Code, message: str, finished: "Finished") -> None:
        super().__init__(code, message)
        self.finished = finished


class InputUnusable(SteadyvoiceError):
    """The text cannot be read or the audio cannot be written."""
