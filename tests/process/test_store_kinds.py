"""Files of another kind: one line names the kind and what to do. Ignored properties of a voice are reported."""

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.foreign import FOREIGN, data, safetensors
from support.matrix import quick
from support.store import FIXTURES, TINY, Home

ENCODER = "the content encoder, which every RVC voice needs, is missing: svctl converters pull contentvec"


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    return Home(tmp_path / "user", cache)


@pytest.mark.parametrize("name", quick(2, ["a web page", "fairseq", "Piper", "a zip of a voice", "a language model"]))
def test_a_file_of_another_kind_is_refused(home: Home, tmp_path: Path, name: str) -> None:
    """A selection; tests/unit/test_store_recognise.py has all kinds."""
    file, write, words = FOREIGN[name]
    (tmp_path / "given").mkdir()
    path = tmp_path / "given" / file
    write(path)
    said = home.refuses("converters", "add", path, "--name", "ann")
    assert said.startswith(f"{path} is ")
    assert "damaged" not in said
    for word in words:
        assert word in said
    assert str(path) in home.refuses("voices", "add", path, "--name", "ann")
    assert home.files() == {}


@pytest.mark.parametrize(
    ("name", "part"),
    [("a web page", "decoder.pth"), ("a Git LFS pointer", "model.safetensors"), ("empty", "decoder.pth")],
)
def test_a_voice_with_a_file_of_another_kind_is_refused(home: Home, tmp_path: Path, name: str, part: str) -> None:
    """For example the pointers that a clone without Git LFS has in place of large files."""
    for file in ("config.json", "tokenizer.json", "decoder.pth", "model.safetensors"):
        (tmp_path / file).write_text("{}")
    _, write, _ = FOREIGN[name]
    write(tmp_path / part)
    said = home.refuses("voices", "add", tmp_path, "--name", "ann")
    assert said.startswith(f"{tmp_path}/")
    assert ";" in said
    assert home.files() == {}


@pytest.mark.parametrize("name", quick(1, ["a web page", "empty"]))
def test_an_index_of_another_kind_is_refused(home: Home, tmp_path: Path, name: str) -> None:
    _, write, _ = FOREIGN[name]
    write(tmp_path / "ann.index")
    said = home.refuses("converters", "add", TINY, "--name", "ann", "--index", tmp_path / "ann.index")
    assert said.startswith(f"{tmp_path}/ann.index is ")
    assert "--index takes the" in said
    assert "--index takes the" in home.refuses("converters", "add", TINY, "--name", "ann", "--index", TINY)
    assert home.files() == {}


def test_the_refusal_names_the_right_command(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "my voice"
    folder.mkdir()
    voice = shutil.copyfile(TINY, folder / "ann.pth")
    line = f"svctl converters add {shlex.quote(str(voice))}"
    assert home.refuses("voices", "add", voice).endswith(line)
    assert home.refuses("voices", "add", folder).endswith(line)
    assert home.refuses("converters", "add", folder).endswith(line)
    data(b"IwFl")(folder / "added.index")
    assert home.refuses("converters", "add", folder).endswith(
        f"{line} --index {shlex.quote(str(folder / 'added.index'))}"
    )
    assert "svctl converters add" in home.refuses("voices", "add", FIXTURES / "rvc_tiny.safetensors")
    soprano = tmp_path / "soprano voice"
    soprano.mkdir()
    safetensors("model.embed_tokens.weight")(soprano / "model.safetensors")
    (soprano / "config.json").write_text("{}")
    (soprano / "decoder.pth").write_text("")
    line = f"svctl voices add {shlex.quote(str(soprano))}"
    assert home.refuses("voices", "add", soprano / "model.safetensors").endswith(line)
    (soprano / "model.safetensors").unlink()
    assert home.refuses("converters", "add", soprano).endswith(line)
    assert home.files() == {}


def saved(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    import torch  # each process that collects tests imports this file

    voice = torch.load(TINY, weights_only=True)
    change(voice)
    torch.save(voice, path)
    return path


@pytest.mark.parametrize(
    ("key", "value"), [("embedder_model", "japanese-hubert-base"), ("vocoder", "RefineGAN"), ("quantization", "int8")]
)
def test_a_voice_that_needs_unsupported_models_is_refused(home: Home, tmp_path: Path, key: str, value: str) -> None:
    path = saved(tmp_path / "ann.pth", lambda voice: voice.update({key: value}))
    said = home.refuses("converters", "add", path)
    assert said.startswith(f"{path}: ")
    assert value in said
    assert home.files() == {}


def test_ignored_properties_of_a_voice_are_reported(home: Home, tmp_path: Path) -> None:
    path = saved(tmp_path / "ann.pth", lambda voice: voice.update(mood="glad", embedder_model="contentvec", sr="44.1k"))
    done = home.svctl("converters", "add", path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"ann is in {home.data}/converters/ann (RVC v2, ")
    rate, unknown, encoder = done.stderr.splitlines()
    assert "44.1 kHz" in rate
    assert "'mood'" in unknown
    assert encoder == f"svctl: {ENCODER}"
    assert home.does("converters", "add", path, "--name", "bob")["note"].splitlines()[2] == ENCODER


@pytest.mark.long
def test_a_missing_content_encoder_is_reported(home: Home) -> None:
    home.does("converters", "random", "rvc")
    assert "note" not in home.does("converters", "add", TINY, "--name", "ann")
    home.does("converters", "remove", "contentvec")
    assert home.does("converters", "add", TINY, "--name", "bob")["note"] == ENCODER


@pytest.mark.parametrize("has_config", [True, False])
def test_a_voice_in_safetensors_format_is_added(home: Home, tmp_path: Path, has_config: bool) -> None:
    """Its config is in the file's metadata, or is known from the sizes of its weights."""
    import json

    import torch
    from safetensors.torch import save_file

    from steadyvoice.workers.converters.rvc import checkpoint

    path = TINY
    if not has_config:
        checkpoint.make_random(path := tmp_path / "made.pth", 48000)
    voice = torch.load(path, weights_only=True)
    metadata = {key: json.dumps(voice[key]) for key in ("config", "sr", "f0", "version")} if has_config else None
    save_file(voice["weight"], tmp_path / "ann.safetensors", metadata)
    done = home.does("converters", "add", tmp_path / "ann.safetensors")
    assert done["name"] == "ann"
    assert ("its config is not in the file" in done["note"]) is not has_config
    assert set(home.files()) == {"converters/ann/model.pth"}
    kept = torch.load(home.data / "converters" / "ann" / "model.pth", weights_only=True)
    assert kept["config"] == voice["config"]
    assert kept["weight"].keys() == voice["weight"].keys()
    assert all(torch.equal(value, voice["weight"][key]) for key, value in kept["weight"].items())


def test_a_voice_in_safetensors_format_with_unknown_config_is_refused(home: Home, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file(torch.load(TINY, weights_only=True)["weight"], tmp_path / "ann.safetensors")
    said = home.refuses("converters", "add", tmp_path / "ann.safetensors")
    assert said.startswith(f"{tmp_path}/ann.safetensors has the weights of a voice without its config and sr; take")
    assert home.files() == {}


@pytest.mark.parametrize("suffix", quick(1, [".bin", ""]))
def test_the_kind_of_a_file_does_not_depend_on_its_suffix(home: Home, tmp_path: Path, suffix: str) -> None:
    shutil.copyfile(TINY, tmp_path / f"ann{suffix}")
    assert home.does("converters", "add", tmp_path / f"ann{suffix}")["name"] == "ann"
    (tmp_path / f"other{suffix}").write_bytes((FIXTURES / "rvc_tiny.safetensors").read_bytes())
    assert "no whole HuBERT base" in home.refuses("converters", "add", tmp_path / f"other{suffix}")


def test_names_are_made_from_file_names(home: Home, tmp_path: Path) -> None:
    for file, name in {
        "My Voice.pth": "My-Voice",
        "Zoë_e20_s300.pth": "Zoe",
        "models--ann--the-voice/snapshots/c0ffee/model.pth": "the-voice",
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TINY, path)
        done = home.svctl("converters", "add", path)
        assert done.stdout.startswith(f"{name} is in {home.data}/converters/{name} "), done.stderr
    shutil.copyfile(TINY, tmp_path / "初音ミク.pth")
    said = home.refuses("converters", "add", tmp_path / "初音ミク.pth", status=2)
    assert said == "no name can be made of '初音ミク.pth'; choose one with --name"
    home.does("converters", "add", tmp_path / "初音ミク.pth", "--name", "miku")
    assert "cannot be a name" in home.refuses("converters", "add", TINY, "--name", "My Voice", status=2)
    assert "exists already" in home.refuses("converters", "add", tmp_path / "My Voice.pth")
