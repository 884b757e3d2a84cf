"""Sessions of onnxruntime for the parts of the model, with as many threads as the stage has cores."""

import os
from pathlib import Path
from typing import Any

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.hibari.acoustic import session

Session = Any
"""``onnxruntime.InferenceSession``."""


def threads() -> int:
    """Of this stage; in a process that is no stage, 1."""
    return max(1, int(os.environ.get("OMP_NUM_THREADS") or 1))


def open_part(file: Path, count: int) -> Session:
    """BadModelFile where the file is damaged; OSError. count: threads; with 1 none is started, so it may be forked."""
    data = file.read_bytes()
    try:
        return session(data, threads=count)
    except Exception as error:  # onnxruntime has its own exception classes
        raise BadModelFile(f"{file} is damaged; svctl voices pull kokoro --replace") from error
