"""A wall clock that a test may set: for the programs that it starts, not for the machine."""

import subprocess
from pathlib import Path


class WallClock:
    """Programs that are started with ``env`` see a wall clock that is off by ``offset`` seconds; `set` changes it."""

    def __init__(self, home: Path) -> None:
        shim, self._offset = home / "clock.so", home / "clock.offset"
        subprocess.run(["tcc", "-shared", "-o", shim, Path(__file__).with_suffix(".c")], check=True)
        self.set(0)
        self.env = {"LD_PRELOAD": str(shim), "STEADYVOICE_TEST_CLOCK": str(self._offset)}

    def set(self, offset: int) -> None:
        """Set the offset in whole seconds; it applies at once to all running programs."""
        with open(self._offset, "r+b" if self._offset.exists() else "w+b", buffering=0) as file:
            file.write(offset.to_bytes(8, "little", signed=True))
