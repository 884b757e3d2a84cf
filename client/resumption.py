"""When a stream that has broken is gone on with, where, and from which sample. Pure: the caller gives the time."""

from typing import Final

from steadyvoice.client.errors import DaemonUnreachable, RequestRefused, UtteranceFailed
from steadyvoice.ipc.errors import SteadyvoiceError

SILENCE_S: Final = 1.0
"""After so long without a sample and without an answer, a daemon is silent."""
GIVE_UP_S: Final = 30.0
RETRY_S: Final = 0.2
"""Wait before daemons are asked again, all of which have just failed."""
_OF_ONE_DAEMON: Final = frozenset(("stage_failed", "model_too_large"))
"""Codes of refusals that are not retryable with one daemon, and that another one need not give."""


class Resumption:
    """The place of one stream: the daemon that makes it, and the samples that the listener has."""

    def __init__(self, daemons: int, sample: int = 0, give_up_s: float = GIVE_UP_S) -> None:
        """daemons: how many there are, all of which make the same samples. sample: the first that is wanted.
        give_up_s: for so many seconds daemons may fail without a sample in between."""
        self.daemon = 0
        """Number of the daemon in use."""
        self.sample = sample
        """The next one that the listener needs."""
        self.times = 0
        """How often a daemon went on with what had begun."""
        self._daemons, self._first, self._give_up_s = daemons, sample, give_up_s
        self._failures = 0
        """Since the last sample."""
        self._failing_since = 0.0

    def received(self, samples: int) -> None:
        if self._failures and self.sample > self._first:
            self.times += 1
        self.sample, self._failures = self.sample + samples, 0

    def failed(self, error: SteadyvoiceError, now: float) -> float:
        """The daemon in use has gone away, is silent, or takes no stream: the next one is to go on.

        now: monotonic seconds. Returns how many seconds to wait before that. Raises ``error`` where another daemon
        would say the same, and DaemonUnreachable with the sample reached where it is time to give up.
        """
        if not is_of_one_daemon(error):
            raise error
        if not self._failures:
            self._failing_since = now
        self._failures += 1
        if now - self._failing_since >= self._give_up_s:
            raise DaemonUnreachable(
                f"the stream ended at sample {self.sample}: none has gone on with it in {self._give_up_s:g} s; "
                f"the last one: {error}"
            ) from error
        self.daemon = (self.daemon + 1) % self._daemons
        return 0.0 if self._failures % self._daemons else RETRY_S


def is_of_one_daemon(error: SteadyvoiceError) -> bool:
    """Another daemon, or the same one later, may do what this one did not."""
    if isinstance(error, RequestRefused):
        return error.retryable or error.code in _OF_ONE_DAEMON
    if isinstance(error, UtteranceFailed):
        return error.code == "too_many_utterances"
    return isinstance(error, DaemonUnreachable)
