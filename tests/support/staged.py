"""An engine of three parts, with faults on demand as in faulty.py: generator, flow and vocoder.

A word is a token of 40 ms: its characters. The flow makes two frames of each, which depend on the two words after it;
the vocoder carries the phase of a tone from frame to frame. So a frame that is lost, repeated or made of other tokens
changes the sound. In the voice ``chunked`` the loudness is the size of the chunk: four words, or seven while there is a
file $FAULTS/seven. The word ``flow:steps`` keeps the flow busy for a hundred steps of 20 ms, which it counts in
$FAULTS/steps.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from steadyvoice.workers.engines.engine import Downstream, FrameSpec, Voice
from support.faulty import RATE, Floats, go_wrong

FRAME = 480
WORD = 2 * FRAME
CHARS = 64
AFTER = 2
"""Words after a word that its frames depend on."""
STEPS = 100


class Staged:
    """Entry point ``staged``."""

    spec = FrameSpec("token", CHARS, WORD, buffered=True)
    flow_spec = FrameSpec("mel", 80, FRAME)

    def voices(self) -> list[Voice]:
        return [Voice(name, "zxx", RATE, "Apache-2.0") for name in ("staged", "other", "chunked")]

    def generator(self) -> "Staged":
        return self

    def flow(self, voice: str, downstream: Downstream) -> "Flow":
        return Flow(voice, downstream)

    def vocoder(self, voice: str, downstream: Downstream) -> "Tone":
        return Tone(voice)

    def warmup(self) -> None:
        pass

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Floats]:
        for word in text.split():
            go_wrong("generator", word)
            frame = np.zeros((1, CHARS), np.float32)
            frame[0, : len(word)] = [ord(char) for char in word[:CHARS]]
            yield frame


class Flow:
    def __init__(self, voice: str, downstream: Downstream) -> None:
        self._voice, self._downstream = voice, downstream
        self._words = np.zeros((0, CHARS), np.float32)

    def push(self, frames: Floats) -> Floats:
        self._words = np.concatenate([self._words, frames])
        count = len(self._words) - AFTER
        if self._voice != "chunked":
            return self._make(count)
        size = self._downstream.planned() or (7 if Path(os.environ["FAULTS"], "seven").exists() else 4)
        if count < size:
            return self._make(0)
        self._downstream.chose(size)
        return self._make(size)

    def finish(self) -> Floats:
        self._downstream.chose(len(self._words))
        self._words = np.concatenate([self._words, np.zeros((AFTER, CHARS), np.float32)])
        made = self._make(len(self._words) - AFTER)
        self._words = self._words[:0]
        return made

    def _make(self, count: int) -> Floats:
        made = np.zeros((2 * max(0, count), 80), np.float32)
        for at in range(count):
            word = text_of(self._words[at])
            if word == "flow:steps":
                self._steps()
            else:
                go_wrong("flow", word)
            made[2 * at : 2 * at + 2, :CHARS] = self._words[at]
            made[2 * at + 1, CHARS] = 1
            made[2 * at : 2 * at + 2, CHARS + 1] = self._words[at + 1 : at + 1 + AFTER].sum() % 97
            made[2 * at : 2 * at + 2, CHARS + 2] = count if self._voice == "chunked" else 5
        self._words = self._words[max(0, count) :]
        return made

    def _steps(self) -> None:
        for step in range(STEPS):
            Path(os.environ["FAULTS"], "steps").write_text(str(step))
            time.sleep(0.02)
            self._downstream.check()

    def warmup(self) -> None:
        self.push(np.zeros((8, CHARS), np.float32))
        self.finish()


class Tone:
    def __init__(self, voice: str) -> None:
        self._voice, self._phase = voice, 0.0

    def push(self, frames: Floats) -> Floats:
        return np.concatenate([self._tone(frame) for frame in frames])

    def _tone(self, frame: Floats) -> Floats:
        if not frame[CHARS]:
            go_wrong("vocoder", text_of(frame[:CHARS]))
        hertz = 200 + float(frame[:CHARS].sum()) % 101 + float(frame[CHARS + 1]) + 50 * len(self._voice)
        phase = self._phase + np.arange(1, FRAME + 1) * (hertz * 2 * np.pi / RATE)
        self._phase = float(phase[-1]) % (2 * np.pi)
        return np.asarray(0.02 * frame[CHARS + 2] * np.sin(phase), np.float32)

    def finish(self) -> Floats:
        self._phase = 0.0
        return np.empty(0, np.float32)


def text_of(characters: Floats) -> str:
    return "".join(map(chr, characters[characters > 0].astype(int)))


def install(place: Path) -> dict[str, str]:
    """Put it where the daemon's stages find it; return the environment that makes them look there."""
    info = place / "staged-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: staged\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[steadyvoice.engines]\nstaged = support.staged:Staged\n")
    return {"PYTHONPATH": os.pathsep.join([str(place), str(Path(__file__).parents[1])]), "FAULTS": str(place)}
