"""What the tests of ``svctl`` share."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.daemon import BIN, Daemon, eventually, idle, user_env

NULL = 'audio.device = "null"\n'
LIGHT = f'{NULL}engines = ["paced"]\nvoice = "paced"\n'
"""Of a daemon that is there in half the time: it loads no model."""
WORD = "0/0/5"
"""50 ms of speech of its voice."""

SVCTL = BIN / "svctl"
TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill. "
    "Then she laughed, for the first time in weeks."
)


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def silent(daemon: Daemon) -> Iterator[None]:
    """Nothing is said or waits when the test is over."""
    yield
    eventually(lambda: idle(daemon.status()))


class User:
    """A user account for svctl, which may start a daemon; that daemon is stopped at the end."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.env = user_env(home, cache)
        self.home = home
        self.daemon = Daemon(self.env)
        self.configure(NULL)

    def configure(self, text: str) -> None:
        (self.home / ".config" / "steadyvoice").mkdir(parents=True, exist_ok=True)
        (self.home / ".config" / "steadyvoice" / "config.toml").write_text(text)

    def svctl(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [SVCTL, *words], env=self.env, timeout=100, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def json(self, *words: str) -> Any:
        done = self.svctl(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def log(self) -> Path:
        return Path(f"{self.daemon.socket}.log")


@pytest.fixture
def light(user: User) -> None:
    """The user's daemon loads no model, for tests of everything but speech."""
    user.configure(LIGHT)


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> Iterator[User]:
    user = User(tmp_path / "user", cache)
    yield user
    user.svctl("quit")
    eventually(lambda: not user.daemon.socket.exists())
