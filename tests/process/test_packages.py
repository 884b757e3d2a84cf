"""What scripts/package builds is installed in a clean Debian by the commands of docs/install.md, and speaks there."""

import json
import os
import re
import shutil
import subprocess
import tarfile
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clean_root import UID, CleanRoot
from support.gateway import real_client
from support.packages import REPOSITORY, importable, known

PAGE = (REPOSITORY / "docs" / "install.md").read_text()
NOT_RUN = ("systemctl ", "podman ")
"""What needs a booted systemd (tests/process/test_systemd.py has one) or a container runtime."""
ASK = """
import json, time, urllib.error, urllib.request

def speech(token):
    body = json.dumps({"input": "Hello.", "response_format": "wav"}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8880/v1/audio/speech", body, headers)).read()

def status(token):
    try:
        samples = speech(token)
    except urllib.error.HTTPError as error:
        return 0 if error.code == 503 else error.code  # it starts
    except OSError:  # it does not listen yet
        return 0
    open("hello.wav", "wb").write(samples)
    return 200

while not (first := status("open-sesame")):
    time.sleep(0.1)
print(first, status("another"))
"""
"""A client of the image, which asks with the right token and with a wrong one."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.getuid() != 0, reason="needs root, for a clean root"),
]


def blocks(heading: str) -> list[str]:
    """The shell blocks below this heading of docs/install.md."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)
    assert found, heading
    return ["\n".join(line for line in block.splitlines() if not line.startswith(NOT_RUN)) for block in found]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("packages") / "dist"
    done = subprocess.run([REPOSITORY / "scripts" / "package", folder], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[CleanRoot]:
    clean = CleanRoot(Path(real_client("debian")), tmp_path / "root")
    yield clean
    shutil.rmtree(clean.folder)


def assert_speech(file: Path) -> None:
    with wave.open(str(file)) as sound:
        assert 0.4 < sound.getnframes() / sound.getframerate() < 4
        assert any(sound.readframes(sound.getnframes()))


def test_the_sdist_has_what_the_wheel_is_made_of_and_the_documents(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = {member.name.partition("/")[2] for member in archive if not member.isdir()}
    assert {name for name in names if ".egg-info/" not in name} == {
        *(f"src/steadyvoice/{name}" for name in importable()),
        *(name for name in known() if re.fullmatch(r"docs/.*\.(md|svg)|ops/.*", name)),
        "CHANGELOG.md", "LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "client/svctl/bin/svctl", "pyproject.toml",
        "setup.cfg",
    }  # fmt: skip


def test_the_debian_package(root: CleanRoot, dist: Path) -> None:
    root.run("apt-get install bash-completion man-db speech-dispatcher systemd", user=0)
    shutil.copytree(dist, root.home / "dist")
    before = root.files()
    install, remove = blocks("Debian and Ubuntu")
    assert "svctl voices add" in root.run(f"export MANWIDTH=200\n{install}")
    assert_speech(root.home / "hello.wav")
    assert root.run("man -w svd svgate").count("/usr/share/man/man1/") == 2
    completion = """. /usr/share/bash-completion/bash_completion; _completion_loader svctl
        compopt() { :; }; COMP_WORDS=(svctl qu) COMP_CWORD=1
        $(complete -p svctl | grep -o '_svctl[a-z_]*') svctl; echo "${COMPREPLY[@]}" """
    assert root.run(f"set +e\n{completion}").strip() == "quit"
    units = "/usr/lib/systemd/{}/steadyvoice*"
    root.run(f"systemd-analyze --user --man=no --recursive-errors=no verify {units.format('user')}")
    root.run(f"systemd-analyze --system --man=no --recursive-errors=no verify {units.format('system')}", user=0)
    settings = """mkdir -p ~/.config/steadyvoice; echo 'audio.device = "null"' >~/.config/steadyvoice/config.toml"""
    status = json.loads(root.run(f'{settings}; spd-say -w -o steadyvoice "Hello there."; svctl status --json'))
    assert status["utterances"]["finished"] == 1

    root.run(remove.replace("apt purge", "apt purge --autoremove"))
    assert not list(root.home.glob(".cache/steadyvoice"))
    assert {name for name in root.files() - before if not name.startswith("run/")} == set()


@pytest.mark.parametrize(("heading", "before"), [("pipx", "true"), ("uv", "pipx install uv")])
def test_the_wheel(root: CleanRoot, dist: Path, heading: str, before: str) -> None:
    root.run("apt-get install pipx", user=0)
    root.run(before)
    shutil.copytree(dist, root.home / "dist")
    install, speak, remove = blocks(heading)
    root.run(install)
    root.run(speak)
    assert_speech(root.home / "hello.wav")
    root.run(remove)
    assert not os.path.lexists(root.home / ".local/bin/svctl")
    assert not list(root.home.rglob("*/site-packages/steadyvoice"))
    assert not list(root.home.glob(".cache/steadyvoice"))


def test_the_image(root: CleanRoot, dist: Path) -> None:
    """The steps of packages/Containerfile, one by one; then its command answers, without a network."""
    root.run("userdel --remove ann", user=0)  # the image has a user with this number
    environment: dict[str, str] = {}
    command = user = ""
    text = (REPOSITORY / "packages" / "Containerfile").read_text()
    for step, words in re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)$", text, re.M):
        if step == "COPY":
            *sources, target = words.split()
            for source in sources:
                files = dist.parent.glob(source) if source.startswith("dist/") else [REPOSITORY / source]
                for file in files:
                    shutil.copy(file, root.folder / target.strip("/"))
        elif step == "RUN":
            root.run(words, user=0)
        elif step == "ENV":
            environment = dict(pair.split("=") for pair in words.split())
        elif step == "USER":
            user = words
        elif step == "CMD":
            command = " ".join(json.loads(words))
        else:
            assert step in ("FROM", "EXPOSE")
    assert root.run(f"id -u {user}", env=environment).strip() == str(UID)
    refused = root.run(f"timeout 60 {command} 2>&1 || echo status $?", network=False, env=environment)
    assert "token_file" in refused
    assert refused.endswith("status 1\n")
    (root.folder / "run/secrets").mkdir()
    (root.folder / "run/secrets/steadyvoice").write_text("open-sesame\n")
    (root.folder / "ask.py").write_text(ASK)
    asked = root.run(f"{command} >/dev/null &\ntimeout 300 python3 /ask.py", network=False, env=environment)
    assert asked.split() == ["200", "401"]
    assert (root.folder / environment["HOME"].strip("/") / "hello.wav").stat().st_size > 10_000
