"""A voice and a converter with faults on demand: a word of the text names the stage and the kind of fault.

The word ``STAGE:FAULT`` goes wrong each time, ``STAGE:FAULT:NAME`` once: while there is a file of that name in $FAULTS,
which it removes. Each word is 50 ms of a tone of its own.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.converters.converter import Converter
from steadyvoice.workers.engines.engine import FrameSpec, Voice

RATE = 24000
WORD = RATE // 20
STAGES = ("generator", "vocoder", "converter")
MODULE = Path(__file__)

Floats = NDArray[np.float32]


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def loop() -> None:
    while True:
        pass


def fail() -> None:
    raise RuntimeError("as the text says")


def eat() -> None:
    eaten = []
    while True:
        eaten.append(b"x" * (64 << 20))


FAULTS: dict[str, Callable[[], None]] = {
    "kill": lambda: send(signal.SIGKILL),
    "stop": lambda: send(signal.SIGSTOP),
    "segv": lambda: send(signal.SIGSEGV),
    "exit": lambda: os._exit(0),
    "loop": loop,
    "block": lambda: time.sleep(1000),
    "raise": fail,
    "memory": eat,
    "nonsense": lambda: None,
}


def go_wrong(stage: str, word: str) -> bool:
    """Execute the fault of this word; return whether the output is to be invalid."""
    parts = word.split(":")
    if len(parts) < 2 or parts[0] != stage:
        return False
    if len(parts) > 2:
        try:
            Path(os.environ["FAULTS"], parts[2]).unlink()
        except FileNotFoundError:
            return False
    FAULTS[parts[1]]()
    return parts[1] == "nonsense"


class Faulty:
    """Engine. A frame is a word, in characters."""

    spec = FrameSpec("token", 64, WORD)

    def __init__(self) -> None:
        self._count = 0

    def voices(self) -> list[Voice]:
        return [Voice("faulty", "zxx", RATE, "Apache-2.0")]

    def generator(self) -> "Faulty":
        return self

    def vocoder(self, voice: str, follower: object) -> "Faulty":
        return Faulty()

    def warmup(self) -> None:
        pass

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Floats]:
        for word in text.split():
            frame = np.zeros((1, 64 + 1000 * go_wrong("generator", word)), np.float32)
            frame[0, : len(word)] = [ord(char) for char in word[:64]]
            yield frame

    def push(self, frames: Floats) -> Floats:
        return np.concatenate([self._tone("".join(map(chr, frame[frame > 0].astype(int)))) for frame in frames])

    def _tone(self, word: str) -> Floats:
        if go_wrong("vocoder", word):
            return np.full(WORD, np.nan, np.float32)
        self._count += 1
        tone = 0.4 * np.sin(np.arange(WORD) * (200 + 7 * self._count) * 2 * np.pi / RATE).astype(np.float32)
        tone[0] = 0.9 if word.startswith("converter:") else 0.0
        if tone[0]:
            tone[1 : 1 + len(word)] = [ord(char) / 256 for char in word]
            tone[1 + len(word)] = 0
        return tone.astype(np.float32)

    def finish(self) -> Floats:
        self._count = 0
        return np.empty(0, np.float32)


class Wrong:
    """Converter that passes its input through, except for words with a fault for it."""

    def converters(self) -> list[Converter]:
        return [Converter("wrong", "Apache-2.0", 0.0, formants=False)]

    def warmup(self) -> None:
        pass

    def open(self, name: str, rate: int, pitch: float, formant: float, ahead: object) -> "Through":
        return Through()


class Through:
    rate = RATE

    def __init__(self) -> None:
        self._pending = np.empty(0, np.float32)

    def process(self, pcm: Floats) -> Floats:
        self._pending = np.concatenate([self._pending, pcm])
        whole, self._pending = np.split(self._pending, [len(self._pending) // WORD * WORD])
        for at in range(0, len(whole), WORD):
            if whole[at] == np.float32(0.9):
                codes = whole[at + 1 : at + WORD]
                codes = codes[: np.flatnonzero(codes == 0)[0]]
                if go_wrong("converter", "".join(chr(round(float(code) * 256)) for code in codes)):
                    whole[at : at + WORD] = np.inf
        return whole

    def finish(self) -> Floats:
        return self._pending


def install(place: Path) -> dict[str, str]:
    """Put both where the daemon's stages find them; return the environment that makes them look there."""
    info = place / "faulty-1.dist-info"
    info.mkdir()
    (place / "faulty.py").symlink_to(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[steadyvoice.engines]\nfaulty = faulty:Faulty\n[steadyvoice.converters]\nwrong = faulty:Wrong\n"
    )
    return {"PYTHONPATH": str(place), "FAULTS": str(place)}
