"""``svctl voices pull`` of hibari's voices, and ``svctl converters pull contentvec``, from a local model hub."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, first_on_path
from support.hub import COMMIT, Hub
from support.matrix import quick
from support.store import FIXTURES, Home

pytest.importorskip("huggingface_hub")

HIBARI = "maureesewilliams/hibari"
FILE = "bf_emma.int8.onnx"


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub({}, HIBARI)
    yield hub
    hub.close()


@pytest.fixture
def home(tmp_path: Path, cache: Path, hub: Hub) -> Home:
    return Home(tmp_path / "user", cache, HF_ENDPOINT=hub.address, NO_PROXY="127.0.0.1,localhost")


def emma(tmp_path: Path) -> bytes:
    """The embedded voice's file, registered as the voice emma by a sitecustomize module; there is no network."""
    from hibari.voices import DEFAULT, voice_path

    model = Path(voice_path(DEFAULT)).read_bytes()
    about = {"bytes": len(model), "sha256": hashlib.sha256(model).hexdigest()}
    code = f"import hibari.voices\nhibari.voices.VOICES['emma'].update({about!r})\n"
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "sitecustomize.py").write_text(code)
    return model


@pytest.fixture
def published(home: Home, hub: Hub, tmp_path: Path) -> bytes:
    hub.files[f"voices/{FILE}"] = model = emma(tmp_path)
    home.env["PYTHONPATH"] = first_on_path(tmp_path / "registry")
    return model


def test_a_voice_of_hibari_is_downloaded_and_speaks(
    home: Home, published: bytes, make_daemon: Callable[..., Daemon]
) -> None:
    done = home.does("voices", "pull", "emma")
    assert done == {
        "kind": "voices",
        "name": "emma",
        "what": "hibari, en-GB",
        "path": str(home.data / "voices" / "emma"),
        "from": f"{HIBARI}@{COMMIT}",
    }
    assert home.files() == {f"voices/emma/{FILE}": published}
    daemon = make_daemon(STEADYVOICE_DATA=str(home.data), PYTHONPATH=home.env["PYTHONPATH"]).ready()
    env = {"XDG_RUNTIME_DIR": daemon.env["XDG_RUNTIME_DIR"], "XDG_CACHE_HOME": daemon.env["XDG_CACHE_HOME"]}
    rows = {line.split()[0]: line for line in home.svctl("voices", env=env).stdout.splitlines()}
    assert rows["emma"].endswith("hibari  yes")
    assert rows["kore"].endswith("hibari  no: svctl voices pull kore")
    made = home.svctl("speak", "--voice", "emma", "Hello there.", "-o", str(home.path / "hello.wav"), env=env)
    assert (made.returncode, made.stderr) == (0, "")
    assert (home.path / "hello.wav").stat().st_size > 20_000
    home.does("voices", "remove", "emma")
    assert home.files() == {}


def test_a_voice_file_changed_on_the_disk_disables_only_that_voice(
    home: Home, published: bytes, make_daemon: Callable[..., Daemon]
) -> None:
    home.does("voices", "pull", "emma")
    file = home.data / "voices" / "emma" / FILE
    file.write_bytes(b"x" * len(published))
    daemon = make_daemon(STEADYVOICE_DATA=str(home.data), PYTHONPATH=home.env["PYTHONPATH"]).ready()
    env = {"XDG_RUNTIME_DIR": daemon.env["XDG_RUNTIME_DIR"], "XDG_CACHE_HOME": daemon.env["XDG_CACHE_HOME"]}
    said = home.refuses("speak", "--voice", "emma", "Hello.", "-o", str(home.path / "hello.wav"), env=env)
    assert f"{file} is not the published voice 'emma'; svctl voices pull emma --replace" in said
    assert home.svctl("speak", "Hello.", "-o", str(home.path / "heart.wav"), env=env).returncode == 0
    home.does("voices", "pull", "emma", "--replace")
    assert home.files() == {f"voices/emma/{FILE}": published}


def test_a_file_with_another_checksum_than_the_package_names_is_refused(home: Home, hub: Hub) -> None:
    """Here the registry has the published checksum of emma."""
    hub.files[f"voices/{FILE}"] = b"x" * 20_000
    said = home.refuses("voices", "pull", "emma")
    assert f"{HIBARI} has another {FILE} than the installed hibari-tts" in said
    assert home.files() == {}


def test_names_that_hibari_cannot_pull_are_refused(home: Home) -> None:
    assert "belongs to hibari" in home.refuses("voices", "pull", "heart", status=2)
    assert "leave --name out" in home.refuses("voices", "pull", "emma", "--name", "ann", status=2)
    assert "'ann' is not known; there are emma" in home.refuses("voices", "pull", "ann", status=2)
    assert f"{HIBARI} on " in home.refuses("voices", "pull", "emma")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a content encoder of the published size."""
    from steadyvoice.workers.converters.rvc import checkpoint

    folder = tmp_path_factory.mktemp("encoder")
    checkpoint.make_random_content(folder / "model.safetensors")
    return folder


def pickled(folder: Path) -> None:
    """Save the encoder as a pickle too. Takes seconds, so only where a test downloads the pickle."""
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    "files", quick(1, [["model.safetensors", "pytorch_model.bin"], ["pytorch_model.bin"], ["model.safetensors"]])
)
def test_a_content_encoder_is_downloaded_and_added(home: Home, hub: Hub, files: list[str], encoder: Path) -> None:
    hub.repository = "lengyue233/content-vec-best"
    if files[0] == "pytorch_model.bin":
        pickled(encoder)
    hub.files = {files[0]: (encoder / files[0]).read_bytes()} | dict.fromkeys(files[1:], b"not downloaded")
    done = home.does("converters", "pull", "contentvec")
    assert (done["name"], done["what"], done["from"]) == ("contentvec", "ContentVec", f"{hub.repository}@{COMMIT}")
    assert home.files() == {f"models/contentvec/{files[0]}": hub.files[files[0]]}
    assert "exists already" in home.refuses("converters", "pull", "contentvec")
    assert "note" not in home.does("converters", "add", FIXTURES / "rvc_tiny.pth", "--name", "ann")
    home.does("converters", "remove", "contentvec")


def test_invalid_content_encoders_are_refused(home: Home, hub: Hub) -> None:
    hub.repository = "lengyue233/content-vec-best"
    hub.files["model.safetensors"] = (FIXTURES / "rvc_tiny.safetensors").read_bytes()
    said = home.refuses("converters", "pull", "contentvec")
    assert said.startswith("lengyue233/content-vec-best/model.safetensors is no whole HuBERT base")
    assert home.files() == {}
    assert "'x' is not known; there is contentvec" in home.refuses("converters", "pull", "x", status=2)
    hub.files = {}
    assert "has no pytorch_model.bin" in home.refuses("converters", "pull", "contentvec")


def test_a_kept_download_is_checked_again_before_use(home: Home, hub: Hub) -> None:
    """A completely downloaded file is damaged before the next attempt downloads the others."""
    hub.repository = "lengyue233/content-vec-best"
    data = (FIXTURES / "rvc_tiny.safetensors").read_bytes()
    hub.files["model.safetensors"] = data
    came = home.data / "models" / ".came" / "lengyue233--content-vec-best"
    came.mkdir(parents=True)
    (came / hashlib.sha256(data).hexdigest()).write_bytes(b"spoilt")
    assert "is no whole HuBERT base" in home.refuses("converters", "pull", "contentvec"), (
        "the file must be downloaded again"
    )
    assert home.files() == {}


def test_converters_that_are_not_installed_say_why(home: Home, make_daemon: Callable[..., Daemon]) -> None:
    home.does("converters", "add", FIXTURES / "rvc_tiny.pth", "--name", "ann")
    (home.path / "config.toml").write_text('converters = ["shift", "rvc"]\n')
    daemon = make_daemon("--config", str(home.path / "config.toml"), STEADYVOICE_DATA=str(home.data)).ready()
    env = {"XDG_RUNTIME_DIR": daemon.env["XDG_RUNTIME_DIR"]}
    rows = {line.split()[0]: line for line in home.svctl("converters", env=env).stdout.splitlines()}
    assert rows["shift"].endswith("yes")
    assert "no: svctl converters pull contentvec" in rows["ann"]
    known = json.loads(home.svctl("converters", "--json", env=env).stdout)
    assert {each["name"]: each["installed"] for each in known} == {"shift": True, "ann": False}
