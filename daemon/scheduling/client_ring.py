"""The ring through which a client receives an utterance's PCM in shared memory."""

import contextlib
import os

from steadyvoice.ipc import ring
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.stage_protocol import CONVERTER_MAX_BUFFERED_S, VOCODER_MAX_BUFFERED_S
from steadyvoice.ipc.utterance_spec import UtteranceSpec


class ClientRing:
    """A ring from the converter to a client. The daemon makes it, and reads from it only how far the client has read.

    OSError if there is no memory or no descriptor for it.
    """

    SLOT_SAMPLES = 1024
    """Samples per slot at the voice's rate. A slot has the same duration at every rate."""

    def __init__(self, spec: UtteranceSpec, lookahead_s: float) -> None:
        # The vocoder and the converter may deliver what they have buffered at once; the last chunk may overshoot.
        buffered_s = VOCODER_MAX_BUFFERED_S + (CONVERTER_MAX_BUFFERED_S if spec.converter else 0.0)
        wanted = (lookahead_s + buffered_s + 2) * spec.voice_rate / self.SLOT_SAMPLES
        slots = 1 << max(6, int(wanted).bit_length())
        samples = -(-self.SLOT_SAMPLES * spec.sink_rate // spec.voice_rate)
        sample_bytes = 4 if spec.sink_format == "f32" else 2
        self.fd = ring.create("client", slots, samples * sample_bytes, spec.from_sample)
        self.view = ring.Ring(self.fd)
        self.filled, self.taken = EventNotifier(), EventNotifier()
        """Notified by the converter when it has written a slot, and by the client when it has released one."""

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)
