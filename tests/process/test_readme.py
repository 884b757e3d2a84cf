"""Every shell line and every Python block of README.md is run, except those in NOT_RUN."""

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, eventually
from support.svctl import User

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.M | re.S)
LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines() if line]
NOT_RUN = {
    "scripts/speak": "installs with apt; CI begins with it",
    "scripts/check": "runs this test",
    ". .venv/bin/activate": "the tests' environment is another one",
    "svctl bench": "takes minutes; tests/process/test_bench.py runs benchmarks",
    "svctl top": "draws on a terminal; tests/process/test_top.py has one",
    "svctl profile": "needs py-spy, and speech meanwhile; tests/process/test_inspection.py has both",
    "svctl live": "runs until Ctrl-C; tests/process/test_live_sound_server.py runs such lines",
    "svgate ": "serves until it is ended; tests/process/gateways has it",
    "pip uninstall": "would remove the package under test; tests/process/test_installed.py does it elsewhere",
}
RUN = [line for line in LINES if not line.startswith(tuple(NOT_RUN))]
PRELUDE = """\
import asyncio
from steadyvoice.client import AsyncClient
tokens = ["This ", "is ", "written ", "by ", "tokens."]
def play(block, sample_rate=24000): assert len(block) and sample_rate == 24000
"""
ASYNC_PRELUDE = PRELUDE + "async def play(block): assert len(block)\n"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[User]:
    """A user in a folder with a book and a makefile, and with a program ``aplay`` that reads samples."""
    user = User(tmp_path_factory.mktemp("reader") / "user", cache)
    (user.home / "book.txt").write_text("A short book. It has two sentences.\n")
    (user.home / "Makefile").write_text("all:\n\t@echo Nothing to be done.\n")
    (programs := user.home / "bin").mkdir()
    (programs / "aplay").write_text("#!/bin/sh\n[ $(wc -c) -gt 10000 ]\n")
    (programs / "aplay").chmod(0o700)
    user.env["PATH"] = os.pathsep.join([str(programs), str(BIN), os.environ["PATH"]])
    user.svctl("speak", "Ready.")
    yield user
    user.svctl("quit")
    eventually(lambda: not user.daemon.socket.exists())


def test_every_line_that_is_not_run_exists() -> None:
    assert all(any(line.startswith(begin) for line in LINES) for begin in NOT_RUN)


@pytest.mark.parametrize("block", [block for kind, block in BLOCKS if kind == "python"], ids=["client", "async"])
def test_python_block(reader: User, block: str) -> None:
    if "async with" in block:
        block = ASYNC_PRELUDE + "async def main():\n" + textwrap.indent(block, "    ") + "asyncio.run(main())\n"
    else:
        block = PRELUDE + block
    done = subprocess.run([sys.executable, "-c", block], env=reader.env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", RUN)
def test_shell_line(reader: User, line: str) -> None:
    bash = ["bash", "-o", "pipefail", "-c", line]
    done = subprocess.run(bash, cwd=reader.home, env=reader.env, capture_output=True, text=True, timeout=100)
    assert done.returncode in ((0, 1) if line.startswith("svctl doctor") else (0,)), (done.stdout, done.stderr)
