"""Makes the files of voice_files.py from the published ones: a graph, and a file of styles for each voice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.kokoro import graph, statistics, voice_files
from steadyvoice.workers.engines.kokoro.acoustic import Acoustic
from steadyvoice.workers.engines.kokoro.languages import READERS, language
from steadyvoice.workers.engines.kokoro.session import open_part
from steadyvoice.workers.engines.kokoro.source import cycles, source
from steadyvoice.workers.engines.kokoro.speaking import silent_share

_SENTENCES: Final = {
    "en": (
        "Hello.", "Do you?", "Not yet, thanks.", "It is over there.", "He put both boxes back on the shelf.",
        "Why would anyone choose such a quiet job?",
        "He asked my brother for five thousand dollars in August, and left without a word.",
    ),
    "es": (
        "Hola.", "¿Quién?", "Todavía no, gracias.", "Está en la otra calle.", "Puso las dos cajas en el estante.",
        "¿Por qué elegiría alguien un trabajo tan tranquilo?",
        "Le pidió a mi hermano cinco mil pesos en agosto, y se marchó sin decir una palabra.",
    ),
    "fr": (
        "Bonjour.", "Vraiment ?", "Pas encore, merci.", "C'est de l'autre côté.", "Il a remis les boîtes en place.",
        "Pourquoi choisir un métier aussi tranquille ?",
        "Il a demandé cinq mille francs à mon frère au mois d'août, puis il est parti sans un mot.",
    ),
    "it": (
        "Ciao.", "Davvero?", "Non ancora, grazie.", "È dall'altra parte.", "Ha rimesso le due scatole sullo scaffale.",
        "Perché scegliere un lavoro così tranquillo?",
        "Ha chiesto cinquemila lire a mio fratello in agosto, e se ne è andato senza una parola.",
    ),
    "pt": (
        "Olá.", "Quem?", "Ainda não, obrigado.", "Fica do outro lado.", "Ele colocou as duas caixas na prateleira.",
        "Por que alguém escolheria um trabalho tão calmo?",
        "Ele pediu cinco mil reais ao meu irmão em agosto, e foi embora sem dizer uma palavra.",
    ),
}  # fmt: skip
"""By language: what the statistics of a voice are taken from, from short to long."""


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
            texts = _SENTENCES[spoken.partition("-")[0]]
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
