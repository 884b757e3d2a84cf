"""RVC v2 (retrieval-based voice conversion): the voices that lie in the store, as converters.

A voice is a directory below ``store("converters")`` with the published ``model.pth``, and an ``*.index`` and a LICENSE
where they are known. All voices share the content encoder in ``store("models")/contentvec``.
"""

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.ipc.errors import NotInstalled, one_line
from steadyvoice.ipc.mounts import asked
from steadyvoice.ipc.paths import opened, present, store
from steadyvoice.workers import optional
from steadyvoice.workers.converters.converter import Converter, Stream, converter_of, is_usable
from steadyvoice.workers.engines.engine import Ahead
from steadyvoice.workers.helper_thread import in_turn, lent
from steadyvoice.workers.runtime import realtime

if TYPE_CHECKING:
    from steadyvoice.workers.converters.rvc.content import Content
    from steadyvoice.workers.converters.rvc.decoder import Run
    from steadyvoice.workers.converters.rvc.f0 import Estimator
    from steadyvoice.workers.converters.rvc.model import Machine, Model

NAME = "rvc"
_FILE = "model.pth"
_LICENCE_CHARS = 80
_ENCODER = "content encoder of rvc"
_RMVPE = "pitch estimator RMVPE of rvc"
_LATENCY_MS = 160.0  # stream.RvcStream.ahead at 40 and 48 kHz; 20 more at 32 kHz


class Rvc:
    """Entry point ``rvc`` of the group steadyvoice.converters.

    device: auto, cpu or cuda:N. dtype: auto, float32, bfloat16 or float16. The first use raises
    DeviceUnavailable where the machine has no such device, ValueError where torch has no such type.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._device, self._dtype = device, dtype
        self._models: dict[str, Model] = {}
        self._shared: tuple[Machine, Content, Estimator, Run] | None = None

    def preload(self) -> None:
        if any(each.installed for each in self.converters()):
            import torch  # noqa: F401 - as in engines/soprano

    def converters(self) -> list[Converter]:
        folders = _folders()
        ready = bool(folders) and _encoder() is not None
        return [
            Converter(folder.name, _licence(folder), _LATENCY_MS, installed=ready and is_usable(NAME, folder.name))
            for folder in folders
        ]

    def warmup(self) -> None:
        """A voice that cannot be used is left out; all are where the content encoder cannot be used."""
        names = [each.name for each in self.converters() if each.installed]
        if not names or optional.attempt(_ENCODER, self._load_shared) is None:
            return  # without a voice nothing was imported
        for name in names:
            optional.attempt(converter_of(NAME, name), partial(self._warm, name))

    def _warm(self, name: str) -> None:
        import numpy as np

        from steadyvoice.workers.converters.rvc.stream import BLOCKS, RvcStream

        model, f0 = self._model(name)
        realtime.keep_memory()
        for block in BLOCKS:
            stream = RvcStream(model, f0, 16000, 0.0, lambda: 0.0, (block,))
            stream.process(np.zeros(block * 160 + 160, np.float32))
            stream.finish()

    def open(self, name: str, rate: int, pitch: float, formant: float, ahead: Ahead) -> Stream:
        from steadyvoice.workers.converters.rvc.stream import RvcStream

        return RvcStream(*self._model(name), rate, pitch, ahead)

    def _model(self, name: str) -> "tuple[Model, Estimator]":
        machine, content, f0, run = self._load_shared()
        if name not in self._models:
            from steadyvoice.workers.converters.rvc.model import Model

            file = store("converters") / name / _FILE
            if Path(name).name != name or not present(file):
                raise NotInstalled(f"there is no converter {name!r} of RVC; svctl converters shows what there is")
            self._models[name] = Model.load(file, content, machine, run)
        return self._models[name], f0

    def _load_shared(self) -> "tuple[Machine, Content, Estimator, Run]":
        """What all voices need. NotInstalled or BadModelFile."""
        from steadyvoice.workers.converters.rvc import loading
        from steadyvoice.workers.converters.rvc.f0 import SwiftF0, estimator
        from steadyvoice.workers.converters.rvc.model import Machine

        if self._shared is None:
            file = _encoder()
            if file is None:
                raise NotInstalled(
                    f"RVC's content encoder is missing; put model.safetensors into {store('models') / 'contentvec'}"
                )
            machine = Machine.find(self._device, self._dtype)
            helper = lent() if machine.device.type == "cpu" else None
            rmvpe = partial(estimator, store("models") / "rmvpe.pt", machine)
            self._shared = (
                machine,
                loading.content(file),
                optional.attempt(_RMVPE, rmvpe) or SwiftF0(),
                helper.run if helper else in_turn,
            )
        return self._shared


def _folders() -> list[Path]:
    """Of the voices. One whose file cannot be read is left out, and named here."""
    folders = [folder for folder, names in optional.folders("converters").items() if _FILE in names]
    for folder in folders:
        optional.attempt(converter_of(NAME, folder.name), partial(present, folder / _FILE))
    return folders


def _encoder() -> Path | None:
    """The content encoder's file. One that cannot be read is left out."""

    def find() -> Path | None:
        files = [store("models") / "contentvec" / name for name in ("model.safetensors", "pytorch_model.bin")]
        return next((file for file in files if present(file)), None)

    return optional.attempt(_ENCODER, find)


def _licence(folder: Path) -> str:
    """The first line of a licence file beside the voice."""

    def first_line(file: Path) -> str:
        with open(opened(file), errors="replace") as text:
            return text.readline(_LICENCE_CHARS)

    for name in ("LICENSE", "LICENCE", "licence"):
        file = folder / name
        with contextlib.suppress(OSError):
            return one_line(asked(file, partial(first_line, file)).strip(), _LICENCE_CHARS) or "unknown"
    return "unknown"
