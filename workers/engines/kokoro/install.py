"""Makes the files of voice_files.py from the published ones: a graph, and a file of styles for each voice."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.kokoro import graph, statistics, voice_files
from steadyvoice.workers.engines.kokoro.acoustic import Acoustic
from steadyvoice.workers.engines.kokoro.languages import READERS, language
from steadyvoice.workers.engines.kokoro.sentences import SENTENCES
from steadyvoice.workers.engines.kokoro.session import open_part
from steadyvoice.workers.engines.kokoro.source import cycles, source
from steadyvoice.workers.engines.kokoro.speaking import silent_share


def install(model: Path, styles: Sequence[Path], folder: Path, progress: Callable[[str], object]) -> str:
    """Write the files to ``folder``, which exists, in 2 seconds and some 5 for each voice. BadModelFile.

    styles: files NAME.bin, of languages that can be read. progress: called with each voice's name.
    """
    parts = graph.cut(model)
    for name, data in parts._asdict().items():
        (folder / f"{name}.onnx").write_bytes(data)
    voice_files.write_source(folder, *graph.mixer(model))
    measure = _Measure(folder)
    for file in styles:
        progress(file.stem)
        table = voice_files.read_styles(file)
        (folder / file.name).write_bytes(table.astype("<f4").tobytes())
        (folder / f"{file.stem}.statistics").write_bytes(measure(file.stem, table).packed())
    return f"Kokoro, {len(styles)} voice{'s' * (len(styles) != 1)}"


class _Measure:
    """The statistics of voices, from the graph ``whole``."""

    def __init__(self, folder: Path) -> None:
        self._acoustic = Acoustic(open_part(folder / "acoustic.onnx", 1))
        self._whole = open_part(folder / "whole.onnx", 1)
        self._mixer, self._bias = voice_files.read_source(folder)
        self._phonemes: dict[str, list[str]] = {}

    def __call__(self, voice: str, styles: Frames) -> statistics.Statistics:
        """BadModelFile where these styles make the model compute what is no number."""
        clauses = [self._run(phonemes, styles) for phonemes in self._read(language(voice))]
        if not all(np.isfinite(clause.moments).all() for clause in clauses):
            raise BadModelFile(f"the voice {voice!r} of Kokoro makes the model compute what is no number")
        return statistics.fitted(clauses)

    def _read(self, spoken: str) -> list[str]:
        if spoken not in self._phonemes:
            reader = READERS[spoken]()
            texts = SENTENCES[spoken.partition("-")[0]]
            self._phonemes[spoken] = [
                self._acoustic.known(piece.phonemes) for text in texts for piece in reader(text, False)
            ]
        return self._phonemes[spoken]

    def _run(self, phonemes: str, styles: Frames) -> statistics.Clause:
        clause = self._acoustic(phonemes, styles, 1.0)
        excitation = source(clause.f0, cycles(clause.f0, 0.0), self._mixer, self._bias)
        style = styles[len(phonemes) - 1][None]
        feed = {"features": clause.features, "source": excitation[None, :, None], "style": style}
        _, *found = self._whole.run(None, feed)
        return statistics.of_run(silent_share(clause), found)
