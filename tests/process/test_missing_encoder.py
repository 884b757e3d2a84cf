"""A converter that was added without the content encoder that it needs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, configured

FILE = Path(__file__).parent.parent / "fixtures" / "rvc_tiny.pth"
WAY_OUT = "svctl converters pull contentvec, or svctl converters add DIRECTORY, then svctl restart"


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("user")
    for name in ("ann", "bob"):
        (home / "data" / "converters" / name).mkdir(parents=True)
        shutil.copy(FILE, home / "data" / "converters" / name / "model.pth")
    with configured(home, cache, 'audio.device = "null"\n', STEADYVOICE_DATA=str(home / "data")) as daemon:
        yield daemon


def test_the_refusal_names_the_missing_encoder_and_the_fix(added: Daemon) -> None:
    done = added.svctl("speak", "--converter", "ann", "Hello.")
    assert done.returncode == 1
    assert done.stderr == (
        f"svctl: the converter 'ann' cannot be used: the content encoder ContentVec is missing: {WAY_OUT}\n"
    )


def models(daemon: Daemon, **env: str) -> dict[str, object]:
    daemon = Daemon(daemon.env | env)
    (check,) = [each for each in json.loads(daemon.svctl("doctor", "--json").stdout) if each["name"] == "models"]
    assert check["ok"], "the embedded voice speaks without it"
    return dict(check)


def test_doctor_names_the_missing_encoder(added: Daemon, tmp_path: Path) -> None:
    check = models(added)
    assert check["detail"] == "ann, bob cannot be used: the content encoder ContentVec is missing"
    assert check["fix"] == WAY_OUT
    data = tmp_path / "data"
    shutil.copytree(added.env["STEADYVOICE_DATA"], data)
    (data / "models" / "contentvec").mkdir(parents=True)
    assert models(added, STEADYVOICE_DATA=str(data))["fix"] == WAY_OUT, "the folder is empty"
    (data / "models" / "contentvec" / "pytorch_model.bin").touch()
    check = models(added, STEADYVOICE_DATA=str(data))
    assert (check["detail"], check["fix"]) == ("voices added: 0, converters added: 2", "")


@pytest.mark.parametrize("data", ["none", "empty", "file"])
def test_doctor_where_nothing_was_added(added: Daemon, tmp_path: Path, data: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    check = models(added, STEADYVOICE_DATA=str(tmp_path / data))
    assert (check["detail"], check["fix"]) == ("voices added: 0, converters added: 0", "")
