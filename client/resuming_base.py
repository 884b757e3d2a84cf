"""What the resuming streams of both clients share: the request of each part, and the part itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import msgspec

from steadyvoice.client.errors import ErrorFactory
from steadyvoice.client.options import ToClient
from steadyvoice.client.resumption import GIVE_UP_S, SILENCE_S, Resumption
from steadyvoice.client.samples import Samples
from steadyvoice.client.utterance_base import C, UtteranceBase
from steadyvoice.ipc import requests


class Part(Samples[C]):
    """The stream from one daemon. Samples that it has when its daemon goes away are taken before the error is."""

    def _on_connection_lost(self, make_error: ErrorFactory) -> None:
        UtteranceBase._on_connection_lost(self, make_error)

    @property
    def rate(self) -> int:
        return self.started.sample_rate if self.started is not None else 0


class ResumingBase:
    """The samples of a text, from the first of several daemons that can give them: iterate over it.

    Daemons with the same version, voices, lexicons and ``languages`` make the same samples of a text, so the whole is
    what one of them would have sent. Where a daemon goes away, or for ``silence_s`` neither sends a sample nor answers,
    the next one is asked for the samples from ``sample`` on. Each block is a mono array [n], as of `Stream`.

    Raises DaemonUnreachable, which names the sample, if for ``give_up_s`` no daemon goes on; RequestRefused and
    UtteranceFailed where another daemon would do the same.
    """

    def __init__(
        self,
        sockets: Sequence[str | Path],
        text: str,
        *,
        silence_s: float = SILENCE_S,
        give_up_s: float = GIVE_UP_S,
        **options: Unpack[ToClient],
    ) -> None:
        """sockets: paths of the daemons' sockets, the preferred one first; one is enough. Connects when iterated."""
        self._sockets = [Path(each) for each in sockets]
        self._silence_s = silence_s
        self._request = requests.Speak(text=text, sink="pcm", **options)
        self._resumption = Resumption(len(self._sockets), self._request.from_sample, give_up_s)
        self.sample_rate = 0
        """Hertz; 0 before the first block."""

    @property
    def sample(self) -> int:
        """Samples of the whole stream up to the end of the last block."""
        return self._resumption.sample

    @property
    def resumed(self) -> int:
        """How often a daemon went on with it."""
        return self._resumption.times

    @property
    def _path(self) -> Path:
        return self._sockets[self._resumption.daemon]

    def _remaining(self) -> requests.Speak:
        return msgspec.structs.replace(self._request, from_sample=self.sample)
