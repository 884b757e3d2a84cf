"""RVC's files: published ones are recognised, others are refused in one line, and no code in them runs."""

import io
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.matrix import quick

from steadyvoice.ipc.errors import BadModelFile, DeviceUnavailable, NotInstalled
from steadyvoice.workers.converters.rvc import Rvc, checkpoint

FILES = Path(__file__).parents[1] / "fixtures"
TINY = FILES / "rvc_tiny.pth"


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    """As in the stage: on a busy machine, two threads of torch wait for each other."""
    threads, cores = torch.get_num_threads(), os.sched_getaffinity(0)
    torch.set_num_threads(1)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store with a tiny voice and a content encoder of the published size."""
    store = tmp_path_factory.mktemp("store")
    encoder = store / "models" / "contentvec" / "model.safetensors"
    encoder.parent.mkdir(parents=True)
    checkpoint.make_random_content(encoder)
    voice = store / "converters" / "tiny"
    voice.mkdir(parents=True)
    (voice / "model.pth").symlink_to(TINY)
    (voice / "licence").write_text("CC0-1.0\nNobody's.")
    (store / "converters" / "empty").mkdir()
    yield store
    encoder.unlink()  # 0.4 GB


@pytest.fixture
def data(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEADYVOICE_DATA", str(store))
    return store


def test_a_random_voice_is_as_published(tmp_path: Path) -> None:
    file = tmp_path / "model.pth"
    checkpoint.make_random(file, 48000)
    assert checkpoint.check(file) == ("voice", "RVC v2, 48 kHz, 1 speaker", ())
    data = torch.load(file, weights_only=True)
    assert data["sr"] == "48k"
    assert len(data["config"]) == 18
    assert {value.dtype for value in data["weight"].values()} == {torch.float16}
    assert data["weight"]["dec.ups.0.weight_g"].shape == (512, 1, 1)
    assert data["weight"]["flow.flows.6.enc.cond_layer.weight_v"].shape == (1152, 256, 1)
    assert not any(key.startswith("enc_q") for key in data["weight"])
    assert 50e6 < file.stat().st_size < 60e6
    file.unlink()


def test_the_content_encoder_is_recognised(data: Path) -> None:
    assert checkpoint.check(data / "models" / "contentvec" / "model.safetensors").kind == "contentvec"


class Thief:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('it ran')",)


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def write(file: Path) -> None:
        data = torch.load(TINY, weights_only=True)
        change(data)
        torch.save(data, file)

    return write


BAD = {
    "not there": lambda file: None,
    "no file": lambda file: file.mkdir(),
    "cut short": lambda file: file.write_bytes(TINY.read_bytes()[:90000]),
    "damaged": lambda file: file.write_bytes(b"PK\3\4" + bytes(1000)),
    "cannot be read": lambda file: file.write_bytes(b""),
    "was not loaded": lambda file: torch.save({"weight": Thief()}, file),
    "more than weights": lambda file: file.write_bytes(pickle.dumps(Thief())),
    "holds no checkpoint but a list": lambda file: torch.save([1], file),
    "is neither a voice nor": lambda file: torch.save({"model": 1}, file),
    "its version is 'v1'": changed(lambda data: data.update(version="v1")),
    "(embedder_model), which is not supported": changed(lambda data: data.update(embedder_model="spin")),
    "trained without pitch": changed(lambda data: data.update(f0=0)),
    "config is not of RVC v2's form": changed(lambda data: data["config"].pop()),
    "sizes that do not fit": changed(lambda data: data["config"].__setitem__(17, 44100)),
    "flow.flows.2.post.bias is missing": changed(lambda data: data["weight"].pop("flow.flows.2.post.bias")),
    "is [3, 768] where [8, 768] belongs": changed(
        lambda data: data["weight"].update({"enc_p.emb_phone.weight": torch.zeros(3, 768)})
    ),
    "extra has no place": changed(lambda data: data["weight"].update(extra=torch.zeros(1))),
    "dec.conv_post.weight holds what is no number": changed(
        lambda data: data["weight"]["dec.conv_post.weight"].fill_(np.nan)
    ),
    "is no voice of RVC": changed(lambda data: data.update(weight=[1])),
    "emb_g": changed(lambda data: data["weight"].pop("emb_g.weight")),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, reason: str) -> None:
    file = tmp_path / "model.pth"
    BAD[reason](file)
    with pytest.raises(BadModelFile) as refused:
        checkpoint.check(file)
    message = str(refused.value)
    assert reason in message
    assert str(file) in message
    assert "\n" not in message
    assert ";" in message  # what to do


def test_another_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelFile, match=r"no whole HuBERT base: .* belongs; "):
        checkpoint.check(FILES / "rvc_tiny.safetensors")
    (tmp_path / "model.safetensors").write_bytes(FILES.joinpath("rvc_tiny.safetensors").read_bytes()[:20000])
    with pytest.raises(BadModelFile, match="cannot be read"):
        checkpoint.check(tmp_path / "model.safetensors")


def test_converters_are_listed_without_loading_anything(data: Path) -> None:
    code = "import sys; from steadyvoice.workers.converters import rvc; "
    code += "print(rvc.Rvc().converters(), 'torch' in sys.modules)"
    message = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "name='tiny', licence='CC0-1.0', latency_ms=160.0, formants=False, installed=True" in message
    assert "empty" not in message
    assert message.strip().endswith("False")


def test_a_voice_speaks(data: Path) -> None:
    family = Rvc(dtype="float32")
    stream = family.open("tiny", 24000, -3.0, 0.0, lambda: 0.0)
    assert stream.rate == 8000
    pcm = 0.2 * np.sin(np.arange(24000) * 2 * np.pi * 150 / 24000).astype(np.float32)
    made = np.concatenate([stream.process(pcm), stream.finish()])
    assert len(made) == 8000
    assert 0.001 < np.sqrt(np.mean(made**2)) < 0.5
    with pytest.raises(NotInstalled, match="no converter 'nobody'"):
        family.open("nobody", 24000, 0.0, 0.0, lambda: 0.0)
    with pytest.raises(NotInstalled, match="no converter"):
        family.open("../converters/tiny", 24000, 0.0, 0.0, lambda: 0.0)


def test_without_the_encoder_a_voice_is_known_but_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    assert Rvc().converters() == []
    (tmp_path / "converters" / "tiny").mkdir(parents=True)
    (tmp_path / "converters" / "tiny" / "model.pth").symlink_to(TINY)
    assert [(one.name, one.installed) for one in Rvc().converters()] == [("tiny", False)]
    with pytest.raises(NotInstalled, match="content encoder is missing; put"):
        Rvc().open("tiny", 24000, 0.0, 0.0, lambda: 0.0)
    Rvc().warmup()


def spoil(how: str) -> bytes:
    """Possible in a store of an older version, which shared its files with their sources."""
    if how == "half":
        return TINY.read_bytes()[:20000]
    if how == "another program's":
        return b"GGUF" + bytes(100)
    voice = torch.load(TINY, weights_only=True)
    if how == "of another encoder":
        voice["embedder_model"] = "spin"
    else:
        voice["weight"]["evil"] = Thief()
    file = io.BytesIO()
    torch.save(voice, file)
    return file.getvalue()


@pytest.mark.long
@pytest.mark.parametrize("how", ["of another encoder", "malicious", "half", "another program's"])
def test_a_voice_that_was_damaged_in_the_store_affects_no_other(
    store: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A voice is checked when it is added and again when it is loaded."""
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    (tmp_path / "models").symlink_to(store / "models")
    for name in ("ann", "bob"):
        (tmp_path / "converters" / name).mkdir(parents=True)
    (tmp_path / "converters" / "bob" / "model.pth").symlink_to(TINY)
    source = tmp_path / "source.pth"
    source.write_bytes(TINY.read_bytes())
    (tmp_path / "converters" / "ann" / "model.pth").hardlink_to(source)
    source.write_bytes(spoil(how))
    family = Rvc(dtype="float32")
    family.warmup()
    assert {one.name: one.installed for one in family.converters()} == {"ann": False, "bob": True}
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"converter ann of rvc is left out: {tmp_path}/converters/ann/model.pth")
    assert ";" in line
    assert len(family.open("bob", 16000, 0.0, 0.0, lambda: 0.0).process(np.zeros(32000, np.float32)))


@pytest.mark.parametrize(
    ("device", "dtype"), [("tpu", "auto"), ("cuda:99", "auto"), ("cpu", "int8"), ("cpu", "half-way")]
)
def test_a_device_or_type_that_does_not_exist(data: Path, device: str, dtype: str) -> None:
    with pytest.raises((DeviceUnavailable, ValueError), match="say auto"):
        Rvc(device, dtype).open("tiny", 24000, 0.0, 0.0, lambda: 0.0)


@pytest.fixture
def damaged(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one good voice, and one voice for each kind of damage."""
    (tmp_path / "models").symlink_to(data / "models")
    shutil.copytree(data / "converters/tiny", tmp_path / "converters/tiny")
    for at, write in enumerate(BAD.values()):
        (tmp_path / "converters" / f"bad{at}").mkdir()
        write(tmp_path / "converters" / f"bad{at}" / "model.pth")
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    return tmp_path


def test_each_damaged_voice_costs_itself(damaged: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The good voice converts; each other one is reported in one line and counts as not installed."""
    family = Rvc(dtype="float32")
    family.warmup()
    lines = capfd.readouterr().err.splitlines()
    known = {each.name: each.installed for each in family.converters()}
    bad = [f"bad{at}" for at, reason in enumerate(BAD) if reason != "not there"]
    assert known == {"tiny": True} | dict.fromkeys(bad, False)
    assert sorted(line.split(" is left out: ")[0] for line in lines) == sorted(
        f"converter {name} of rvc" for name in bad
    )
    stream = family.open("tiny", 16000, 0.0, 0.0, lambda: 0.0)
    assert len(np.concatenate([stream.process(np.zeros(16000, np.float32)), stream.finish()])) == 8000
    family.warmup()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("reason", quick(1, ["was not loaded", "no file", "cut short", "damaged", "cannot be read"]))
def test_a_damaged_pitch_estimator_is_replaced_by_the_light_one(
    damaged: Path, capfd: pytest.CaptureFixture[str], reason: str
) -> None:
    for folder in (damaged / "converters").glob("bad*"):
        shutil.rmtree(folder)
    encoder = (damaged / "models").resolve() / "contentvec"
    (damaged / "models").unlink()
    (damaged / "models").mkdir()
    (damaged / "models/contentvec").symlink_to(encoder)
    BAD[reason](damaged / "models/rmvpe.pt")
    family = Rvc(dtype="float32")
    family.warmup()
    assert [each.installed for each in family.converters()] == [True]
    lines = capfd.readouterr().err.splitlines()
    if reason != "no file":
        assert [line.split(" is left out: ")[0] for line in lines] == ["pitch estimator RMVPE of rvc"]


def test_a_damaged_content_encoder_is_named_once(damaged: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (damaged / "models").unlink()
    (damaged / "models/contentvec").mkdir(parents=True)
    (damaged / "models/contentvec/model.safetensors").write_bytes(os.urandom(1000))
    for folder in (damaged / "converters").glob("bad*"):
        shutil.rmtree(folder)
    family = Rvc(dtype="float32")
    family.warmup()
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("content encoder of rvc is left out: ")
    assert [each.installed for each in family.converters()] == [False]
