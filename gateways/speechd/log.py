"""The module's log, on standard error, and the file that the server names in DEBUG ON: all that is said."""

import contextlib
import sys
import time
from typing import TextIO

from steadyvoice.ipc.errors import one_line


def log(message: str) -> None:
    """A line for the user; speech-dispatcher keeps it in a file of its own."""
    with contextlib.suppress(OSError):
        print(f"sd_steadyvoice: {one_line(message, 1000)}", file=sys.stderr, flush=True)


class DebugFile:
    """Closed at first: lines written then are dropped, as are those that the disk has no room for."""

    def __init__(self) -> None:
        self._file: TextIO | None = None

    def open(self, name: str) -> bool:
        """Append to this file from now on; whether it can be opened."""
        self.close()
        with contextlib.suppress(OSError, ValueError):
            self._file = open(name, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until DEBUG OFF
        return self._file is not None

    def write(self, line: str) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.write(f"{time.monotonic():.6f} {one_line(line, 2000)}\n")

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None
