"""Test tones, and functions that write samples to a file through svctl's output."""

import numpy as np
from numpy.typing import NDArray

from steadyvoice.client.svctl.files.output_file import Output, open_output
from steadyvoice.client.svctl.grammar import SpeakOptions

RATE = 24_000


def tone(seconds: float, rate: int = RATE) -> NDArray[np.int16]:
    """A tone of varying amplitude that differs from itself at every delay."""
    at = np.arange(int(seconds * rate)) / rate
    wave: NDArray[np.float64] = np.sin(2 * np.pi * 200 * at * (1 + at / 9)) * (1 + np.sin(2 * np.pi * 1.3 * at))
    return (9000 * wave).astype(np.int16)


def write(output: str, samples: NDArray[np.int16], rate: int = RATE, block: int = 1000, **options: object) -> None:
    with open_output(SpeakOptions(output=output, **options)) as sink:
        assert sink is not None
        for start in range(0, len(samples), block):
            sink.write(samples[start : start + block].tobytes(), rate)
        sink.keep()


def write_long(sink: Output) -> None:
    for _ in range(100):
        sink.write(tone(1).tobytes(), RATE)
