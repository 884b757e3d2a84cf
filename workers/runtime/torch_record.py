"""A record of torch.profiler, from the first step to its trace in a file."""

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, cast

_TORCH_EVENT: Final = b'"cat": "cpu_op"'
_CHUNK: Final = 1 << 20


class TorchRecord:
    """Records from its creation to ``end``: the processor, and the GPU where torch has one."""

    def __init__(self, torch: Any, file: int) -> None:
        """torch: the module. file: descriptor that the trace is written to, and that ``end`` closes."""
        from torch.autograd import profiler  # torch.profiler begins its first record by importing a compiler, in 1.3 s

        device = "cuda" if torch.cuda.is_available() else None
        self._profiler = cast(Any, profiler.profile(use_kineto=True, use_device=device))  # it has no types
        self._name_range = profiler.record_function
        self._file = file
        self.has_torch = False
        """Torch has computed something; known after ``end``."""
        self._profiler.__enter__()

    def step(self) -> AbstractContextManager[Any]:
        """What runs in it is one range of the trace."""
        return self._name_range("step")

    def end(self) -> int:
        """Write the trace in Chrome's JSON format; return its size in bytes. OSError."""
        with open(self._file, "wb", buffering=0) as file, tempfile.TemporaryDirectory() as folder:
            self._profiler.__exit__(None, None, None)
            path = Path(folder, "trace.json")  # torch writes to names only
            self._profiler.export_chrome_trace(str(path))
            with path.open("rb") as trace:
                tail = b""
                while chunk := trace.read(_CHUNK):
                    self.has_torch = self.has_torch or _TORCH_EVENT in tail + chunk
                    tail = chunk[-len(_TORCH_EVENT) :]
                    file.write(chunk)
            return os.fstat(file.fileno()).st_size
