"""Kokoro's real weights, from packages (scripts/clients), and a store that has two of its voices."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from steadyvoice.workers.engines.engine import Downstream, Frames, Samples, Word
from steadyvoice.workers.engines.kokoro import Kokoro, KokoroGenerator, voice_files
from support.gateway import real_client

VOICES = ("af_heart", "bm_george")
FRENCH, HINDI = "ff_siwis", "hf_alpha"


@pytest.fixture(scope="session")
def kokoro_files() -> Path:
    """A directory as people have it: model.onnx, and voices in a folder of their own."""
    try:
        return Path(real_client("kokoro"))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the packages with Kokoro's weights cannot be installed: {error}")


@pytest.fixture(scope="session")
def kokoro_directory(kokoro_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with three voices, and one of a language that needs a program."""
    folder = tmp_path_factory.mktemp("kokoro-files")
    os.link(kokoro_files / "model.onnx", folder / "model.onnx")
    for voice in (*VOICES, FRENCH, HINDI):
        shutil.copy(kokoro_files / "voices" / f"{voice}.bin", folder)
    return folder


@pytest.fixture(scope="session")
def kokoro_store(kokoro_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For STEADYVOICE_DATA."""
    from steadyvoice.workers.engines.kokoro.install import install

    data = tmp_path_factory.mktemp("kokoro-data")
    folder = data / "voices" / "kokoro"
    folder.mkdir(parents=True)
    styles = [kokoro_directory / f"{voice}.bin" for voice in VOICES]
    install(kokoro_directory / "model.onnx", styles, folder, lambda voice: None)
    return data


@pytest.fixture(scope="module")
def kokoro(kokoro_store: Path, voice_cache: Path) -> Iterator[Kokoro]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEADYVOICE_DATA", str(kokoro_store))
        voice_files.voice_files.cache_clear()
        yield Kokoro()
        voice_files.voice_files.cache_clear()


def generated(generator: KokoroGenerator, text: str, voice: str = VOICES[0], **how: bool) -> tuple[list[Word], Frames]:
    parts = list(generator.generate(text, voice, 1.0, more=how.get("more", False)))
    words = [part for part in parts if isinstance(part, Word)]
    return words, np.concatenate([part for part in parts if not isinstance(part, Word)])


def decoded(engine: Kokoro, frames: Frames, size: int, voice: str = VOICES[0]) -> Samples:
    """The samples of a segment with frames that arrive in parts of that size."""
    vocoder = engine.vocoder(voice, Downstream())
    made = [vocoder.push(frames[at : at + size]) for at in range(0, len(frames), size)]
    return np.concatenate([*made, vocoder.finish()])
