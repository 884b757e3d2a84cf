"""Live sound that goes to a client: the ring, and its reader in the daemon where the client receives no descriptors."""

from typing import Literal

from steadyvoice.daemon.live.line import LiveLine
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.inline_pcm import InlinePcm
from steadyvoice.daemon.scheduling.utterance import Listener
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.live_protocol import LIVE_LANE
from steadyvoice.ipc.stage_protocol import SINK_RATE, ClientSink
from steadyvoice.ipc.utterance_spec import UtteranceSpec


class ClientStream:
    def __init__(self, number: int, format: Literal["f32", "s16"], lookahead_s: float, *, inline: bool) -> None:
        """number: of the session. inline: the client gets the samples in ``audio`` events. RequestRefused."""
        spec = UtteranceSpec("", "", 1.0, 1.0, "pcm", voice_rate=SINK_RATE, sink_rate=SINK_RATE, sink_format=format)
        self._number, self._is_inline = number, inline
        self._inline: InlinePcm | None = None
        try:
            self._ring = ClientRing(spec, lookahead_s)
        except OSError as error:
            raise RequestRefused("stage_failed", f"no place for its ring: {error.strerror}", retryable=True) from error

    @property
    def descriptors(self) -> tuple[int, ...]:
        """For the client: the ring and its two notifiers; none where it gets its samples inline."""
        ring = self._ring
        return () if self._is_inline else (ring.fd, ring.filled.fd, ring.taken.fd)

    @property
    def samples(self) -> int:
        """Samples that the client has taken."""
        return self._ring.view.position

    @property
    def is_drained(self) -> bool:
        """The client has taken all that is in its ring."""
        return not self._ring.view.fill

    def give_to_converter(self, line: LiveLine, *, is_replacement: bool = False) -> None:
        """RingUnusable where a client has written invalid counters into the ring."""
        if is_replacement:
            self._ring.view.fence_producer()
        line.send("converter", ClientSink(self._number, LIVE_LANE), (self._ring.fd, self._ring.filled.fd))

    def begin(self, listener: Listener) -> None:
        """The client knows of the session: send it samples, if it gets them inline. OSError if there is no memory."""
        if self._is_inline:
            self._inline = InlinePcm(self._number, self._ring, listener)

    def close(self) -> None:
        if self._inline is not None:
            self._inline.close()
