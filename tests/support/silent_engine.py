"""The generator's state of one utterance, with an engine that computes nothing."""

from collections.abc import Iterator, Mapping

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.slot import HEADER_BYTES, Slot
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation.frame_progress import SpeakingRate
from steadyvoice.workers.generation.utterance_state import UtteranceState


class Silent:
    """An engine of frames of 10 ms that is never run."""

    def __init__(self, buffered: bool = False) -> None:
        self.spec = engines.FrameSpec("silence", 1, 240, buffered)

    def preload(self) -> None: ...

    def voices(self) -> list[engines.Voice]:
        return []

    def generator(self) -> engines.Generator:
        return self

    def vocoder(self, voice: str, downstream: engines.Downstream) -> engines.Vocoder:
        raise NotImplementedError

    def warmup(self) -> None: ...

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[engines.Frames | engines.Word]:
        yield np.zeros((1, 1), np.float32)


def state(
    sink: str = "pcm",
    converter: str = "",
    restart: RestartPoint | None = None,
    buffered: bool = False,
    *,
    ssml: bool | None = False,
    mode: ReadingMode = ORDINARY,
    language: str = "en-US",
    voices: Mapping[str, engines.Voice] | None = None,
    languages: Mapping[str, str] | None = None,
    generator: engines.Generator | None = None,
    from_sample: int = 0,
    from_char: int = 0,
) -> UtteranceState:
    spec = UtteranceSpec(
        "silent", "silence", 1.0, 1.0, sink, voice_rate=24_000, sink_rate=48_000, converter=converter, ssml=ssml,
        mode=mode, restart=restart, from_sample=from_sample, from_char=from_char,
    )  # fmt: skip
    engine = Silent(buffered)
    begin = Slot(memoryview(bytearray(HEADER_BYTES)), 0)
    begin.words[s.UTTERANCE] = 7
    return UtteranceState(
        begin,
        spec,
        engine,
        generator or engine.generator(),
        SpeakingRate(),
        language,
        voices or {},
        languages=languages or {},
    )
