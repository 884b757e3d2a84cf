"""Chatterbox, CosyVoice2 and XTTS-v2 in their stages, in a tiny size: they speak, and survive a kill and a cancel."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support import tiny_lines
from support.daemon import Daemon, configured, eventually
from support.matrix import only, quick
from support.svctl import SVCTL

from steadyvoice.client import RequestRefused

TEXT = "They ate. "
LONG = TEXT * 4
STAGES = [("chatterbox", "flow"), ("xtts", "vocoder"), ("cosyvoice", "flow"), ("chatterbox", "vocoder")]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    place = tmp_path_factory.mktemp("lines")
    with pytest.MonkeyPatch.context() as patch:
        tiny_lines.shrink(patch)
        tiny_lines.make_voices(place / "data" / "voices")
        shutil.copytree(place / "data" / "voices" / "chatterbox", place / "data" / "voices" / "another")
    engines = [f"tiny_{name}" for name in tiny_lines.ENGINES]
    settings = f'engines = {engines}\nvoice = "chatterbox"\naudio.device = "null"\nmodels.preload = {engines}\n'
    env = tiny_lines.install(place) | {"STEADYVOICE_DATA": str(place / "data"), "OMP_NUM_THREADS": "1"}
    with configured(place, cache, settings + "lookahead_s = 1.0\n", **env) as daemon:
        yield daemon
    assert daemon.names_in_shm() == []


def say(daemon: Daemon, voice: str, text: str) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, voice=voice)))


@pytest.mark.parametrize("voice", tiny_lines.ENGINES)
def test_it_speaks(daemon: Daemon, voice: str) -> None:
    engine = f"tiny_{voice}"
    parts = {stage["name"] for stage in daemon.status()["stages"] if stage["engine"] == engine}
    assert parts == {"generator", "vocoder"} | ({"flow"} if voice != "xtts" else set())
    with daemon.client() as client:
        stream = client.stream(TEXT, voice=voice)
        heard = np.concatenate(list(stream))
    assert stream.finished is not None
    assert {f"{part}.first" for part in parts} <= stream.finished.timings.keys()
    assert len(heard) > 2 * 24000
    assert 0.001 < np.abs(heard).max() <= 1


@pytest.mark.parametrize(("voice", "stage"), quick(2, STAGES))
def test_a_killed_stage_changes_no_sample(daemon: Daemon, voice: str, stage: str) -> None:
    expected, heard = say(daemon, voice, LONG), []
    pid = daemon.pids(f"tiny_{voice}")[stage]
    with daemon.client() as client:
        for block in client.stream(LONG, voice=voice):
            heard.append(block)
            if pid and sum(map(len, heard)) > len(expected) // 3:
                os.kill(pid, signal.SIGKILL)
                eventually(lambda: daemon.pids(f"tiny_{voice}")[stage] not in (0, pid))  # noqa: B023 - called here
                pid = 0
    assert not pid
    np.testing.assert_array_equal(np.concatenate(heard), expected)


def test_torch_records_the_next_blocks_of_a_stage(daemon: Daemon, tmp_path: Path) -> None:
    stage, voice, before = "flow tiny_chatterbox", "chatterbox", daemon.pids("tiny_chatterbox")
    file = tmp_path / "trace.json"
    blocks = "24"  # a block is a token, and only every twelfth of them completes a window
    words = ["profile", *stage.split(), "--torch", "--blocks", blocks, "--seconds", "60", "-o", str(file), "--json"]
    recorder = subprocess.Popen([SVCTL, *words], env=daemon.env, stdout=subprocess.PIPE, text=True)
    while recorder.poll() is None:
        say(daemon, voice, TEXT)
    said = json.loads(recorder.communicate()[0])
    assert (recorder.returncode, said["stage"], said["bytes"]) == (0, stage, file.stat().st_size)
    events = json.loads(file.read_text())["traceEvents"]
    assert any(event.get("name", "").startswith("aten::") for event in events)
    assert sum(event.get("name") == "step" for event in events) >= 2
    assert daemon.pids("tiny_chatterbox") == before


def test_a_stage_without_a_block_has_no_trace(daemon: Daemon) -> None:
    with daemon.client() as client, pytest.raises(RequestRefused, match=r"had no block in 0\.2 s; let it speak"):
        client.profile("generator tiny_xtts", seconds=0.2)


@pytest.mark.parametrize("voice", only(lambda voice: voice != "cosyvoice", tiny_lines.ENGINES))
def test_a_cancel_leaves_the_voice_as_it_was(daemon: Daemon, voice: str) -> None:
    expected, pids = say(daemon, voice, TEXT), daemon.pids(f"tiny_{voice}")
    with daemon.client() as client:
        stream = client.stream(LONG, voice=voice)
        next(iter(stream))
        stream.cancel()
        np.testing.assert_array_equal(np.concatenate(list(client.stream(TEXT, voice=voice))), expected)
    assert daemon.pids(f"tiny_{voice}") == pids


def test_another_voice_of_an_engine_is_loaded_when_it_is_used(daemon: Daemon) -> None:
    """It has the files of the configured one, and therefore the same samples."""
    expected, pids = say(daemon, "chatterbox", TEXT), daemon.pids("tiny_chatterbox")
    np.testing.assert_array_equal(say(daemon, "another", TEXT), expected)
    assert daemon.pids("tiny_chatterbox") == pids
