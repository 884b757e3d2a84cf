"""``svctl voices add`` and ``pull`` with voices of Piper."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.hub import Hub
from support.piper import EACH_LETTER, about, program, write
from support.store import Home

REPOSITORY = "rhasspy/piper-voices"
NAME = "en_US-tiny-low"
FOLDER = "en/en_US/tiny/low"


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    return Home(tmp_path / "user", cache, PATH=program(tmp_path / "bin", EACH_LETTER))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a voice's files, as they were published."""
    file = write(tmp_path_factory.mktemp("published") / "tiny", NAME)
    (file.parent / "MODEL_CARD").write_text("* License: CC0\n")
    return file


@pytest.mark.parametrize("given", ["model", "description", "folder"])
def test_a_voice_is_added_and_removed(home: Home, published: Path, given: str) -> None:
    path = {"model": published, "description": published.with_name(f"{NAME}.onnx.json"), "folder": published.parent}
    done = home.does("voices", "add", path[given])
    where = home.data / "voices" / NAME
    assert done == {"kind": "voices", "name": NAME, "what": "Piper, en-US, 22050 Hz", "path": str(where)}
    assert {file.name for file in where.iterdir()} == {f"{NAME}.onnx", f"{NAME}.onnx.json", "MODEL_CARD"}
    for file in published.parent.iterdir():
        assert (where / file.name).read_bytes() == file.read_bytes()
    assert "--replace" in home.refuses("voices", "add", path[given])
    assert home.does("voices", "remove", NAME)["what"] == "removed"
    assert home.files() == {}


def test_speakers_are_counted(home: Home, tmp_path: Path) -> None:
    done = home.does("voices", "add", write(tmp_path / "x", "three", speakers=3), "--name", "all")
    assert (done["name"], done["what"]) == ("all", "Piper, en-US, 22050 Hz, 3 speakers")


def test_a_missing_program_is_said(home: Home, published: Path, tmp_path: Path) -> None:
    """The voice is added all the same."""
    (tmp_path / "none").mkdir()
    done = home.svctl("voices", "add", published, env={"PATH": str(tmp_path / "none")})
    assert done.returncode == 0
    assert done.stderr.startswith("svctl: the program espeak-ng, which makes phonemes of texts, is not installed")
    assert home.does("voices", "remove", NAME)


def spoilt(published: Path, folder: Path, change: Callable[[Path], object]) -> Path:
    file = write(folder, NAME)
    change(file)
    return file


def description(**more: Any) -> Callable[[Path], object]:
    return lambda file: file.with_name(f"{NAME}.onnx.json").write_text(json.dumps(about(**more)))


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:2000])


def no_number(file: Path) -> None:
    import numpy as np
    from onnx import load, numpy_helper, save

    proto = load(file)
    at = max(i for i, each in enumerate(proto.graph.initializer) if len(each.dims) == 3)
    weight = proto.graph.initializer[at]
    filled = np.full(list(weight.dims), np.nan, np.float32)
    weight.CopyFrom(numpy_helper.from_array(filled, weight.name))
    save(proto, file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (description(phoneme_type="pinyin"), [f"{NAME}.onnx.json: the voice takes phonemes of 'pinyin'"]),
        (description(phoneme_id_map={"_": [0], "^": [1], "$": [9999]}), [f"{NAME}.onnx does not run with"]),
        (description(audio={"sample_rate": "high"}), ["does not describe a voice of Piper", "$.audio.sample_rate"]),
        (cut_short, [f"{NAME}.onnx is not a model of Piper"]),
        (no_number, [f"{NAME}.onnx: it computes something that is no number"]),
        (lambda file: file.write_text("<html>"), [f"{NAME}.onnx is a web page"]),
        (lambda file: file.write_bytes(b""), [f"{NAME}.onnx is empty"]),
        (lambda file: file.with_name(f"{NAME}.onnx.json").unlink(), ["without its description", "put its"]),
        (lambda file: write(file.parent, "other"), ["2 voices of Piper"]),
    ],
)  # fmt: skip
def test_an_unusable_voice_is_refused(
    home: Home, published: Path, tmp_path: Path, change: Callable[[Path], object], words: list[str]
) -> None:
    file = spoilt(published, tmp_path / "spoilt", change)
    several = words[0].startswith("2 ")
    said = home.refuses("voices", "add", file.parent if several else file)
    assert said.startswith(str(file.parent))
    for word in words:
        assert word in said
    assert home.files() == {}


def test_it_is_no_converter(home: Home, published: Path) -> None:
    said = home.refuses("converters", "add", published)
    assert said == f"{published} is a voice of Piper; add it with svctl voices add"


@pytest.fixture
def hub(published: Path) -> Iterator[Hub]:
    pytest.importorskip("huggingface_hub")
    files = {f"{FOLDER}/{file.name}": file.read_bytes() for file in published.parent.iterdir()}
    hub = Hub(files, REPOSITORY)
    yield hub
    hub.close()


def test_a_published_voice_is_pulled(home: Home, hub: Hub, published: Path) -> None:
    env = {"HF_ENDPOINT": hub.address, "NO_PROXY": "127.0.0.1,localhost"}
    done = home.svctl("voices", "pull", NAME, "--json", env=env)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["name"], result["what"]) == (NAME, "Piper, en-US, 22050 Hz")
    assert result["from"].startswith(f"{REPOSITORY}@")
    assert home.files().keys() == {f"voices/{NAME}/{file.name}" for file in published.parent.iterdir()}
    said = home.refuses("voices", "pull", "en_US-other-low", env=env)
    assert f"{REPOSITORY} on {hub.address} has no en/en_US/other/low/en_US-other-low.onnx.json" in said
