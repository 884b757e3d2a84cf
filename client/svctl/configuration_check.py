"""Validates the configuration by ``svd --check`` in a child process, because a client imports nothing of svd."""

import subprocess
from typing import Final, NamedTuple

from steadyvoice.ipc import child

_CHECK_S: Final = 30.0
"""A file on an unresponsive network mount delays the check by a few seconds."""


class Checked(NamedTuple):
    ok: bool
    """Whether svd accepts the configuration."""
    line: str
    """svd's messages, in one line; empty for none."""


def run(file: str = "") -> Checked:
    """file: the file that svd would be started with by ``--config``; empty: the user's, if there is one."""
    command = child.command("steadyvoice.daemon", "--check", *(["--config", file] if file else []))
    try:
        done = subprocess.run(
            command,
            env=child.environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_CHECK_S,
        )
    except subprocess.TimeoutExpired:
        return Checked(False, f"svd --check did not end within {_CHECK_S:g} s")
    lines = [line.removeprefix("svd: ") for line in done.stderr.splitlines() if line.startswith("svd: ")]
    if done.returncode and not lines:
        lines = done.stderr.strip().splitlines()[-1:] or [f"svd --check ended with status {done.returncode}"]
    return Checked(done.returncode == 0, "; ".join(lines))
