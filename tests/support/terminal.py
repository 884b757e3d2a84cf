"""A terminal of a test's own: what a program draws on it, and what is left there in the end."""

import contextlib
import fcntl
import os
import re
import struct
import subprocess
import termios
from pathlib import Path

from support.daemon import eventually

_PART = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|.", re.DOTALL)


class Terminal:
    """A pseudo-terminal with a program in it, which has it as its controlling terminal."""

    def __init__(
        self, command: list[str | Path], env: dict[str, str], columns: int = 80, stderr: int | None = None
    ) -> None:
        """stderr: where it goes instead of the terminal."""
        self._fd, theirs = os.openpty()
        self.resize(columns)
        self.process = subprocess.Popen(
            ["setsid", "-c", *command],
            env={"TERM": "xterm"} | env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs if stderr is None else stderr,
        )
        os.close(theirs)
        self.drawn = ""

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def read(self) -> str:
        """All that was drawn until now."""
        os.set_blocking(self._fd, False)
        with contextlib.suppress(BlockingIOError, OSError):  # EIO: nobody is there any more
            while data := os.read(self._fd, 1 << 16):
                self.drawn += data.decode()
        return self.drawn

    def shows(self, pattern: str) -> str:
        """Wait until it was drawn."""
        return eventually(lambda: found[0] if (found := re.search(pattern, self.read())) else "")

    def hang_up(self) -> None:
        """Its window was closed."""
        os.close(self._fd)

    def end(self) -> tuple[int, list[str]]:
        """The exit status, and the rows that are left on the screen."""

        def has_ended() -> bool:
            self.read()
            return self.process.poll() is not None

        eventually(has_ended)
        self.read()
        os.close(self._fd)
        return self.process.returncode, screen(self.drawn)


def screen(drawn: str) -> list[str]:
    """The rows that are not empty, without their style."""
    rows, row, column = [""], 0, 0
    for part in _PART.findall(drawn):
        if part == "\r":
            column = 0
        elif part == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif part == "\x1b[K":
            rows[row] = rows[row][:column]
        elif not part.startswith("\x1b"):
            rows[row] = rows[row][:column].ljust(column) + part + rows[row][column + 1 :]
            column += 1
    return [row for row in rows if row]
