"""What goes wrong for a client's user; ``str()`` is one line that says what to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from steadyvoice.ipc.errors import Code, Refused, SteadyvoiceError

if TYPE_CHECKING:
    from steadyvoice.ipc.messages import Finished

ErrorFactory = Callable[[], SteadyvoiceError]
"""Makes the error anew for each who is told of it."""


class DaemonUnreachable(SteadyvoiceError):
    """No daemon answers at the socket, or it has gone away. Start one: the client's next verb connects anew.

    ``__cause__`` is the OSError where it could not be reached, TimeoutError where it has not answered.
    """


class ClientClosed(SteadyvoiceError):
    """``close`` has been called. Make a new client."""


class RequestRefused(Refused):
    """The daemon will not do it, and nothing has changed. ``code`` says why; ``retryable``: it may do so later."""


class UtteranceFailed(SteadyvoiceError):
    """The utterance was accepted and could not be spoken to its end. ``finished.heard_chars`` of it were heard."""

    def __init__(self, code: Code, message: str, finished: "Finished") -> None:
        super().__init__(message)
        self.code: Code = code
        self.finished = finished


class InputUnusable(SteadyvoiceError):
    """The text cannot be read or the audio cannot be written."""
