"""A user with a store of their own, and what ``svctl`` says to them."""

import json
import os
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from support import store_fork
from support.daemon import BIN, user_env

FIXTURES = Path(__file__).parents[1] / "fixtures"
TINY = FIXTURES / "rvc_tiny.pth"
"""A voice of RVC in a tiny size."""


def svctl(
    args: Sequence[str | Path], env: dict[str, str], **options: Unpack[store_fork.Options]
) -> "subprocess.CompletedProcess[str]":
    """options: of ``subprocess.run``. A command that changes the store runs in a fork (store_fork.py) if it can."""
    if store_fork.can_run(args, env):
        return store_fork.run(args, env, options)
    return subprocess.run(
        [BIN / "svctl", *args],
        env=env,
        timeout=100,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        **options,
    )


class Home:
    def __init__(self, path: Path, cache: Path, **env: str) -> None:
        self.path = path
        self.data = Path(env.get("STEADYVOICE_DATA", path / "data"))
        self.env = user_env(path, cache, **{"STEADYVOICE_DATA": str(self.data)} | env)

    def svctl(
        self, *args: str | Path, env: dict[str, str] | None = None, **options: Unpack[store_fork.Options]
    ) -> "subprocess.CompletedProcess[str]":
        """env: variables beside the user's own."""
        return svctl(args, self.env | (env or {}), **options)

    def does(self, *args: str | Path, **options: Unpack[store_fork.Options]) -> dict[str, str]:
        done = self.svctl(*args, "--json", **options)
        assert (done.returncode, done.stderr) == (0, "")
        result: dict[str, str] = json.loads(done.stdout)
        return result

    def refuses(self, *args: str | Path, status: int = 1, env: dict[str, str] | None = None) -> str:
        """Its one line."""
        done = self.svctl(*args, env=env)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        (line,) = done.stderr.splitlines()
        assert line.startswith("svctl: ")
        return line.removeprefix("svctl: ")

    def files(self) -> dict[str, bytes]:
        """All that the store holds, hidden or not."""
        found = (Path(folder, name) for folder, _, names in os.walk(self.data) for name in names)
        return {str(file.relative_to(self.data)): file.read_bytes() for file in found}

    def modes(self) -> dict[str, str]:
        """Of the store's folders and files."""
        found = [self.data, *self.data.rglob("*")]
        return {str(path.relative_to(self.data)): f"{stat.S_IMODE(path.stat().st_mode):04o}" for path in found}
