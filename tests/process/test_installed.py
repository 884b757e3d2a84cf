"""The wheel in a new virtual environment: both commands work, and ``quit --purge`` removes all files of the user."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from support.daemon import alive, eventually, user_env
from support.matrix import quick
from support.packages import REPOSITORY, importable, known

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the project, so that the build leaves no files there. Without network."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in known():
        target = folder / "project" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).is_symlink():
            target.symlink_to(os.readlink(REPOSITORY / name))
        elif (REPOSITORY / name).exists():
            target.write_bytes((REPOSITORY / name).read_bytes())
            target.chmod((REPOSITORY / name).stat().st_mode)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "-q",
        "-w",
        folder,
        folder / "project",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no wheel can be built here: {done.stderr.strip().splitlines()[-1]}")
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module", params=quick(1, ["a venv with a space", "venv"]))
def bin(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``bin`` of a new virtual environment with the wheel. Its dependencies come from the tests' own environment."""
    place: Path = tmp_path_factory.mktemp("installed") / request.param
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", place / "bin" / "python", "-q"]
    command: list[str | Path] = [*pip, "install", "--no-deps", "--no-index", wheel]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": ""})
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin"


def test_the_wheel_has_all_files_of_the_packages_and_no_other(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    made = {name for name in names if ".dist-info/" in name or ".data/" in name}
    assert sum(name.endswith(".data/scripts/svctl") for name in made) == 1
    assert set(names) - made == {f"steadyvoice/{name}" for name in importable()}


def test_installed_commands_speak_and_purge_their_files(bin: Path, tmp_path: Path) -> None:
    home = tmp_path / "user"
    env = user_env(home, home / ".cache") | {"PYTHONPATH": "", "TMPDIR": str(tmp_path)}

    def svctl(*words: str | Path) -> str:
        done = subprocess.run([bin / "svctl", *words], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files() -> set[str]:
        found = {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()}
        return {name for name in found if "pulse" not in name}

    assert subprocess.run([bin / "svd", "--check"], env=env).returncode == 0
    svctl("speak", "Hello there.", "-o", tmp_path / "hello.wav")
    assert (tmp_path / "hello.wav").stat().st_size > 20_000
    script = "import steadyvoice; print(steadyvoice.__file__)"
    where = subprocess.run([bin / "python", "-P", "-c", script], env=env, capture_output=True, text=True).stdout
    assert str(bin.parent) in where, "the project's own copy was imported"
    pid = int(svctl("status").split("pid ")[1].split(",")[0])
    left = files()
    assert {name.split("/")[0] for name in left} == {".cache", "run"}
    assert {Path(name).name for name in left if name.startswith("run")} == {
        "control.sock", "control.sock.lock", "control.sock.log",
    }  # fmt: skip
    svctl("quit", "--purge")
    eventually(lambda: not alive(pid))
    assert files() == set()
