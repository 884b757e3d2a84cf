"""A terminal that can be looked at: a window of tmux, with a server of its own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.daemon import eventually


class Tmux:
    """Runs one program. ``status`` is its exit status when it has ended."""

    def __init__(
        self, folder: Path, command: Sequence[str | Path], env: dict[str, str], size: tuple[int, int] = (110, 20)
    ) -> None:
        """folder: for the server's socket. size: columns and rows."""
        self._socket, self._env, self._ended = folder / "tmux", env | {"TERM": "xterm-256color"}, folder / "status"
        self._ended.unlink(missing_ok=True)
        line = f'trap : INT; "$@"; echo $? >{self._ended}; exec sleep 1000'  # so that the last screen stays
        self._tmux(
            "-f", os.devnull, "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
            "sh", "-c", line, "sh", *map(str, command),
        )  # fmt: skip

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words], env=self._env, capture_output=True, text=True, timeout=20
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def screen(self) -> list[str]:
        return self._tmux("capture-pane", "-p").splitlines()

    def shows(self, *texts: str) -> list[str]:
        """Wait until all of them are on the screen; return it."""

        def look() -> list[str]:
            lines = self.screen()
            return lines if all(any(text in line for line in lines) for text in texts) else []

        try:
            return eventually(look, 20)
        except AssertionError:
            raise AssertionError(f"no {texts} in:\n" + "\n".join(self.screen())) from None

    def type(self, *keys: str) -> None:
        """keys: as tmux names them, such as q, Down or C-c."""
        self._tmux("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def status(self) -> int:
        """Waits for the program's end."""
        return int(eventually(lambda: self._ended.read_text().strip() if self._ended.exists() else ""))

    def close(self) -> None:
        self._tmux("kill-server")
