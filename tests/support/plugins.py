"""Packages from outside with an engine, a family of converters or a plugin of live sound, written for a test."""

from pathlib import Path

ENGINE = """
import numpy as np
from steadyvoice.workers.engines.engine import FrameSpec, Voice, Word


class Plugin:
    spec = FrameSpec("pitch", 1, 2400)

    def preload(self): pass
    def voices(self): return [Voice("{name}", "zxx", 24000, "CC0-1.0")]
    def generator(self): return self
    def vocoder(self, voice, follower): return self
    def warmup(self): pass
    def generate(self, text, voice, rate, *, more): yield np.full((len(text.split()), 1), 440, np.float32)
    def push(self, frames): return np.full(2400 * len(frames), 0.25, np.float32)
    def finish(self): return np.zeros(0, np.float32)
"""

CONVERTERS = """
import numpy as np
from steadyvoice.workers.converters.converter import Converter


class Plugin:
    def preload(self): pass
    def converters(self): return [Converter("{name}", "CC0-1.0", latency_ms=0)]
    def warmup(self): pass
    def open(self, name, rate, pitch, formant, ahead): return Stream(rate)


class Stream:
    def __init__(self, rate): self.rate = rate
    def process(self, pcm): return pcm
    def finish(self): return np.zeros(0, np.float32)
"""

LIVE = """
class Plugin:
    def process(self, block): return block
"""

GROUPS = {"engines": ENGINE, "converters": CONVERTERS, "plugins": LIVE}


def install(place: Path, group: str, name: str, more: str = "", *, instead: bool = False) -> None:
    """A package of that name which brings one; ``more``: lines after, or instead of, those of a plugin that works.

    What ``more`` changes of the class, it changes by assignment: ``Plugin.voices = …``.
    """
    (place / f"{name}.py").write_text(more if instead else GROUPS[group].replace("{name}", name) + "\n" + more)
    info = place / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[steadyvoice.{group}]\n{name} = {name}:Plugin\n")
