"""The loaded parts of the model, which all voices of one directory share."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Downstream, Frames
from steadyvoice.workers.engines.hibari.onset import OnsetTrimmer
from steadyvoice.workers.engines.kokoro import whole
from steadyvoice.workers.engines.kokoro.acoustic import Acoustic, Clause
from steadyvoice.workers.engines.kokoro.decoder import Sessions, Stream
from steadyvoice.workers.engines.kokoro.session import Session, open_part, threads
from steadyvoice.workers.engines.kokoro.speaking import Make, silent_share
from steadyvoice.workers.engines.kokoro.vocoder import SECOND, KokoroVocoder, rows, silence, warm_up
from steadyvoice.workers.engines.kokoro.voice_files import VoiceFiles, installed, read_source, voice_files


class Models:
    """Opens a part at its first use. A stage with several threads has sessions of its own."""

    def __init__(self, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._opened: dict[tuple[Path, int], Session] = {}
        self._decoders: dict[tuple[Path, int], Sessions] = {}
        self._cost = Cost()

    def preload(self, folder: Path) -> None:
        """Open with one thread what the stages need, to be shared by them."""
        for part in ("acoustic", "whole") if self._is_whole else ("acoustic",):
            self._part(folder, part, 1)
        if not self._is_whole:
            self._decoder(folder, 1)

    def speaking(self, voice: str, rate: float) -> tuple[Acoustic, Frames, float, Make, Callable[[int], Frames]]:
        """What a `Speaker` is made of. NotInstalled, BadModelFile, OSError."""
        files = voice_files(voice)
        acoustic = Acoustic(self._part(files.folder, "acoustic", threads()))
        if self._is_whole:
            decoder = whole.Decoder(
                self._part(files.folder, "whole", threads()), *read_source(files.folder), files.styles
            )
            return acoustic, files.styles, rate, decoder, whole.silence
        return acoustic, files.styles, rate, _rows, silence

    def vocoder(self, voice: str, downstream: Downstream) -> OnsetTrimmer:
        """NotInstalled, BadModelFile, OSError."""
        files = voice_files(voice)
        sessions = self._decoder(files.folder, threads())
        return OnsetTrimmer(KokoroVocoder(partial(_stream, sessions, files), self._cost, downstream))

    def _decoder(self, folder: Path, count: int) -> Sessions:
        """Runs each size of window once, so that the first one that is heard is as fast as later ones."""
        if (folder, count) not in self._decoders:
            coarse, fine = (self._part(folder, part, count) for part in ("coarse", "fine"))
            sessions = Sessions(coarse, fine, *read_source(folder))
            voice = next(voice for voice, place in installed().items() if place == folder)
            warm_up(partial(_stream, sessions, voice_files(voice), 0, 0.0))
            self._decoders[folder, count] = sessions
        return self._decoders[folder, count]

    def _part(self, folder: Path, part: str, count: int) -> Session:
        file = folder / f"{part}.onnx"
        if (file, count) not in self._opened:
            self._opened[file, count] = open_part(file, count)
        return self._opened[file, count]


def _stream(sessions: Sessions, files: VoiceFiles, row: int, silent: float) -> Stream:
    return Stream(sessions, files.styles[row][None], files.statistics.at(silent))


def _rows(clause: Clause, start: int, stop: int, number: int) -> Frames:
    mark = 1 + len(clause.frames) - 3 + SECOND * (number % 2)
    return rows(clause.features[0, :, start:stop], clause.f0[start:stop], silent_share(clause), mark)
