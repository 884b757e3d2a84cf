"""A stream that computes on a thread of its own, for models that compute long and seldom."""

import os
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

import numpy as np
import soxr

from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.workers.converters.converter import Stream
from steadyvoice.workers.plugins.aligned import Aligned
from steadyvoice.workers.plugins.plugin import Samples

_MOST_WAITING_S: Final = 2.0
"""Input that may wait: more of it means that the model is slower than the sound."""


class TooSlow(SteadyvoiceError):
    """A model computes slower than the sound arrives. Use another model or machine."""


class AtRate:
    """The output of a stream at another rate."""

    def __init__(self, stream: Stream, rate: int) -> None:
        """rate: hertz of what comes out."""
        self.rate = rate
        self._stream = stream
        self._resampler = None if stream.rate == rate else soxr.ResampleStream(stream.rate, rate, 1, dtype="float32")

    def process(self, pcm: Samples) -> Samples:
        made = self._stream.process(pcm)
        if self._resampler is None or not len(made):
            return made
        resampled: Samples = self._resampler.resample_chunk(np.ascontiguousarray(made, np.float32))
        return resampled


class Background:
    """The stream's output, ``latency`` samples after its input; silence where it is late."""

    def __init__(self, stream: AtRate, latency: int) -> None:
        self._stream = stream
        self._aligned = Aligned(latency)
        self._input: SimpleQueue[Samples | None] = SimpleQueue()
        self._output: SimpleQueue[Samples | BaseException] = SimpleQueue()
        self._thread = Thread(target=self._run, daemon=True, name="plugin")
        self._thread.start()

    def process(self, block: Samples) -> Samples:
        """The next block. TooSlow; what the stream raised."""
        if self._input.qsize() * len(block) > _MOST_WAITING_S * self._stream.rate:
            raise TooSlow(f"the model is slower than the sound: {_MOST_WAITING_S:g} s of sound wait for it")
        self._input.put(block.copy())
        with suppress(Empty):
            while True:
                made = self._output.get_nowait()
                if isinstance(made, BaseException):
                    raise made
                self._aligned.push(made)
        return self._aligned.take(len(block))

    def close(self) -> None:
        """The thread ends after what it computes at present."""
        self._input.put(None)

    def _run(self) -> None:
        with suppress(OSError):  # the thread that made this one may be real-time, which a model must not be
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        try:
            while (block := self._input.get()) is not None:
                made = self._stream.process(block)
                if len(made):
                    self._output.put(made)
        except BaseException as error:  # for the thread that calls ``process``
            self._output.put(error)
