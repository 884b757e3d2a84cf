"""``python -m steadyvoice.workers.reference.sequential``: the stages of a voice in turn, in one process.

One JSON object per line. In: {"engine", "voice", "family", "converter", "texts", "threads", "ahead_s"}; an empty voice
is the engine's first, an empty converter none; ahead_s, 0 by default: seconds of audio that the listener has, for the
sizes of chunks. The first line selects stages and threads, each line its texts; a text is one segment. Out: {"ms",
"seconds", "chunks_ms", "stages"}: time from text to last sample, length of the sound, time from the text to the first
chunk and from each chunk to the next, and each stage's share.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np

from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.engines.engine import Downstream, Word

_NONE: Final = np.zeros(0, np.float32)


class _Stages:
    """The stages, called in turn."""

    def __init__(self, asked: dict[str, Any]) -> None:
        engine = engines.load(asked["engine"])
        self._voice = asked["voice"] or engine.voices()[0].name
        self._rate = next(voice.sample_rate for voice in engine.voices() if voice.name == self._voice)
        self._engine, self._generator = engine, engine.generator()
        self._generator.warmup()
        ahead_s = float(asked.get("ahead_s", 0.0))
        self._downstream = Downstream(lambda: ahead_s)
        if isinstance(engine, engines.WithFlow):
            engine.flow(self._voice, self._downstream).warmup()
        self._converter = asked["converter"]
        if self._converter:
            self._family = converters.load(asked["family"])
            self._family.warmup()

    def answer(self, texts: list[str]) -> dict[str, Any]:
        self._ms: dict[str, float] = {}
        self._chunks_ms: list[float] = []
        self._seconds = 0.0
        began = time.perf_counter_ns()
        for text in texts:
            self._speak(text)
        took = (time.perf_counter_ns() - began) / 1e6
        return {"ms": took, "seconds": self._seconds, "chunks_ms": self._chunks_ms, "stages": self._ms}

    def _speak(self, text: str) -> None:
        engine, rate = self._engine, self._rate
        push: dict[str, Callable[[Any], Any]] = {}
        finish: dict[str, Callable[[], Any]] = {}
        if isinstance(engine, engines.WithFlow):
            flow = engine.flow(self._voice, self._downstream)
            push["flow"], finish["flow"] = flow.push, flow.finish
        vocoder = engine.vocoder(self._voice, self._downstream)
        push["vocoder"], finish["vocoder"] = vocoder.push, vocoder.finish
        if self._converter:
            stream = self._family.open(self._converter, self._rate, 0.0, 0.0, lambda: 0.0)
            push["converter"], finish["converter"], rate = stream.process, stream.finish, stream.rate
        frames = self._generator.generate(text, self._voice, 1.0, more=False)
        before = time.perf_counter_ns()
        while True:
            made = self._timed("generator", next, frames, None)
            if isinstance(made, Word):
                continue
            last = made is None
            for stage in push:
                given = [self._timed(stage, push[stage], made)] if made is not None and len(made) else []
                given += [self._timed(stage, finish[stage])] if last else []
                made = np.concatenate(given) if given else _NONE
            if len(made):
                now = time.perf_counter_ns()
                self._chunks_ms.append((now - before) / 1e6)
                before = now
                self._seconds += len(made) / rate
            if last:
                return

    def _timed(self, stage: str, work: Callable[..., Any], *arguments: object) -> Any:
        began = time.perf_counter_ns()
        done = work(*arguments)
        self._ms[stage] = self._ms.get(stage, 0.0) + (time.perf_counter_ns() - began) / 1e6
        return done


def main() -> None:
    stages: _Stages | None = None
    for line in sys.stdin:
        asked = msgspec.json.decode(line)
        if stages is None:
            os.environ["OMP_NUM_THREADS"] = str(asked["threads"])  # read when a model library is loaded
            stages = _Stages(asked)
        print(msgspec.json.encode(stages.answer(asked["texts"])).decode(), flush=True)


if __name__ == "__main__":
    main()
