"""A stage is killed while the frames of several streams are computed together."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually
from support.matrix import quick

from steadyvoice.workers.engines import engine
from steadyvoice.workers.engines.soprano import Soprano
from steadyvoice.workers.engines.soprano.random_checkpoint import CONFIG, make_random

pytestmark = pytest.mark.usefixtures("one_processor")

TEXT = "nobody in the village knows that."
STREAMS = 4
NEVER = 1000
BLOCKS = 25
SAMPLES = Soprano.spec.samples_per_frame

Pcm = NDArray[np.float32]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = tmp_path_factory.mktemp("data")
    make_random(data / "voices" / "small", "1.0", config=replace(CONFIG, vocab=400, layers=2, ffn=256))
    yield data
    shutil.rmtree(data)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, data: Path) -> Iterator[Daemon]:
    settings = 'engines = ["soprano"]\nvoice = "small"\naudio.device = "null"\n'
    with configured(tmp_path_factory.mktemp("user"), cache, settings, STEADYVOICE_DATA=str(data)) as daemon:
        yield daemon


@pytest.mark.parametrize("stage", quick(1, ["generator", "vocoder"]))
def test_streams_continue_as_they_were_batched(
    daemon: Daemon, data: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stream has the samples of a text that is batched from one of its frames on, without a fault.

    Two of four streams are cancelled before the fault, so that nothing would be batched any more.
    """
    monkeypatch.setenv("STEADYVOICE_DATA", str(data))
    soprano = Soprano("cpu")
    generator = soprano.generator()

    @cache
    def undisturbed(first: int) -> Pcm:
        vocoder = soprano.vocoder("small", engine.Downstream())
        frames = generator.generate_batched(TEXT, "small", 1.0, more=False, joins=lambda frame: frame >= first)
        return np.concatenate([*map(vocoder.push, frames), vocoder.finish()])

    with daemon.client() as client:
        streams = [client.stream(TEXT, voice="small") for _ in range(STREAMS)]
        heard = [list(blocks) for blocks in zip(*islice(zip(*streams, strict=True), BLOCKS), strict=True)]
        for stream in streams[2:]:
            stream.cancel()
        pid = daemon.pids()[stage]
        os.kill(pid, signal.SIGKILL)
        for said, stream in zip(heard, streams[:2], strict=False):
            said += stream
    eventually(lambda: daemon.pids()[stage] not in (0, pid))
    for pcm in map(np.concatenate, heard[:2]):
        assert pcm.shape == undisturbed(NEVER).shape
        first = int(np.flatnonzero(~np.isclose(pcm, undisturbed(NEVER), atol=1e-4))[0]) // SAMPLES
        near = range(max(0, first - 2), first + 8)
        assert any(np.allclose(pcm, undisturbed(frame), atol=1e-4) for frame in near), first
