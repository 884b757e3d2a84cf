"""RVC v2 (retrieval-based voice conversion): the voices that lie in the store, as converters.

A voice is a directory below ``store("converters")`` with the published ``model.pth``, and an ``*.index`` and a LICENSE
where they are known. All voices share the content encoder in ``store("models")/contentvec``.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.ipc.paths import store
from steadyvoice.workers import realtime
from steadyvoice.workers.converters.converter import Converter, Stream
from steadyvoice.workers.engines.engine import Ahead
from steadyvoice.workers.lent import in_turn, lent

if TYPE_CHECKING:
    from steadyvoice.workers.converters.rvc.content import Content
    from steadyvoice.workers.converters.rvc.decoder import Run
    from steadyvoice.workers.converters.rvc.f0 import Estimator
    from steadyvoice.workers.converters.rvc.model import Machine, Model

_LATENCY_MS = 160.0  # stream.RvcStream.ahead at 40 and 48 kHz; 20 more at 32 kHz


class Rvc:
    """Entry point ``rvc`` of the group steadyvoice.converters.

    device: auto, cpu or cuda:N. dtype: auto, float32, bfloat16 or float16. ValueError at the first use where the
    machine has no such thing.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._device, self._dtype = device, dtype
        self._models: dict[str, Model] = {}
        self._broken: set[str] = set()
        self._shared: tuple[Machine, Content, Estimator, Run] | None = None

    def preload(self) -> None:
        if any(each.installed for each in self.converters()):
            import torch  # noqa: F401 - as in engines/soprano

    def converters(self) -> list[Converter]:
        ready = _encoder() is not None
        files = sorted(store("converters").glob("*/model.pth"))
        return [
            Converter(
                file.parent.name,
                _licence(file.parent),
                _LATENCY_MS,
                installed=ready and file.parent.name not in self._broken,
            )
            for file in files
        ]

    def warmup(self) -> None:
        """A voice that cannot be loaded is told of in one line on stderr, and is not installed from then on."""
        names = [each.name for each in self.converters() if each.installed]
        if not names:
            return  # and nothing was imported
        import numpy as np

        from steadyvoice.workers.converters.rvc.stream import BLOCKS, RvcStream

        for name in names:
            try:
                model, f0 = self._model(name)
                realtime.keep_memory()
                for block in BLOCKS:
                    stream = RvcStream(model, f0, 16000, 0.0, lambda: 0.0, (block,))
                    stream.process(np.zeros(block * 160 + 160, np.float32))
                    stream.finish()
            except (ValueError, LookupError) as error:  # BadCheckpoint too: the other voices can be used
                self._broken.add(name)
                print(f"rvc: {error}", file=sys.stderr, flush=True)

    def open(self, name: str, rate: int, pitch: float, formant: float, ahead: Ahead) -> Stream:
        from steadyvoice.workers.converters.rvc.stream import RvcStream

        return RvcStream(*self._model(name), rate, pitch, ahead)

    def _model(self, name: str) -> "tuple[Model, Estimator]":
        if name not in self._models:
            file = store("converters") / name / "model.pth"
            encoder = _encoder()
            if Path(name).name != name or not file.is_file():
                raise LookupError(f"there is no converter {name!r} of RVC; svctl converters shows what there is")
            if encoder is None:
                raise LookupError(f"RVC's content encoder is missing; put model.safetensors into {_encoder_folder()}")
            self._models[name] = self._load(file, encoder)
        assert self._shared is not None
        return self._models[name], self._shared[2]

    def _load(self, file: Path, encoder: Path) -> "Model":
        from steadyvoice.workers.converters.rvc import loading
        from steadyvoice.workers.converters.rvc.f0 import estimator
        from steadyvoice.workers.converters.rvc.model import Machine, Model

        if self._shared is None:
            machine = Machine.find(self._device, self._dtype)
            helper = lent() if machine.device.type == "cpu" else None
            self._shared = (
                machine,
                loading.content(encoder),
                estimator(store("models") / "rmvpe.pt", machine),
                helper.run if helper else in_turn,
            )
        machine, content, _, run = self._shared
        return Model.load(file, content, machine, run)


def _encoder_folder() -> Path:
    return store("models") / "contentvec"


def _encoder() -> Path | None:
    files = (_encoder_folder() / name for name in ("model.safetensors", "pytorch_model.bin"))
    return next((file for file in files if file.is_file()), None)


def _licence(folder: Path) -> str:
    """The first line of a licence file beside the voice."""
    for name in ("LICENSE", "LICENCE", "licence"):
        try:
            lines = (folder / name).read_text(errors="replace").split("\n", 1)
        except OSError:
            continue
        return lines[0].strip()[:80] or "unknown"
    return "unknown"
