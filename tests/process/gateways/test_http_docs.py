"""The section HTTP of docs/gateways.md, run as printed, against a gateway at its default address's form."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon
from support.gateway import Gateway, running

from steadyvoice.gateways.http.encoding.formats import SAMPLE_RATE
from steadyvoice.gateways.http.requests import FORMATS
from steadyvoice.gateways.http.rules import Rules, Seen
from steadyvoice.ipc import config_file
from steadyvoice.ipc.gateway_settings import ConfigurationFile

CONFIGURATION = 'audio.device = "null"\n'
SECTION = (Path(__file__).parents[3] / "docs" / "gateways.md").read_text().split("\n## HTTP\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", SECTION, re.M | re.S)


@pytest.fixture(scope="module")
def gateway(daemon: Daemon) -> Iterator[Gateway]:
    with running("http", daemon, "--listen", "localhost:0") as gateway:
        yield gateway


@pytest.mark.parametrize(
    ("kind", "block"), [block for block in BLOCKS if block[0] != "toml"], ids=[b[0] for b in BLOCKS if b[0] != "toml"]
)
def test_a_block_works_as_printed(gateway: Gateway, tmp_path: Path, kind: str, block: str) -> None:
    block = block.replace("localhost:8880", f"localhost:{gateway.port}")
    command = ["sh", "-ec"] if kind == "sh" else [sys.executable, "-c"]
    done = subprocess.run([*command, block], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    if kind == "sh":
        assert (tmp_path / "dinner.wav").read_bytes()[:4] == b"RIFF"
    else:
        assert sum(map(int, done.stdout.split())) > SAMPLE_RATE


def test_a_configuration_is_one() -> None:
    found = [
        config_file.parse(block, "docs", ConfigurationFile).gateways.http for kind, block in BLOCKS if kind == "toml"
    ]
    assert len(found) == 2
    rules = Rules.of(found[1].hosts, (), "")
    rules.check(Seen(hosts=("speech.example",)))


def test_all_formats_are_named() -> None:
    formats = next(part for part in SECTION.split("\n- ") if part.startswith("**Formats."))
    assert set(re.findall(r"`(\w+)`", formats)) == set(FORMATS)
