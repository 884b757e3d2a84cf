"""Shell completion of ``svctl``: commands and options, with their descriptions."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, user_env

from steadyvoice.client.svctl import commands


def answer(shell: str, words: str, number: int, env: dict[str, str]) -> list[str]:
    """The lines that ``svctl`` prints for the completion script of this shell."""
    asked = {"_SVCTL_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    if shell == "fish":
        asked["COMP_CWORD"] = words.rpartition(" ")[2]
    done = subprocess.run([BIN / "svctl"], env=env | asked, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def env(tmp_path: Path, cache: Path) -> dict[str, str]:
    return user_env(tmp_path / "user", cache)


def test_fish_shows_the_whole_description(env: dict[str, str]) -> None:
    """A description may contain commas, because fish's script splits each line at the first comma only."""
    lines = dict(line.removeprefix("plain,").split("\t") for line in answer("fish", "svctl ", 1, env))
    assert lines.keys() == commands.main.commands.keys()
    for name, described in lines.items():
        assert described == (commands.main.commands[name].help or "").splitlines()[0]
    assert "," in lines["speak"]
    script = subprocess.run([BIN / "svctl", "completion", "fish"], env=env, capture_output=True, text=True).stdout
    assert re.search(r"string split -m 1 , -- ", script)


def test_fish_shows_the_whole_description_of_an_option(env: dict[str, str]) -> None:
    lines = dict(line.removeprefix("plain,").split("\t") for line in answer("fish", "svctl speak --pi", 1, env))
    assert lines == {"--pitch": "Pitch shift in semitones, -24 to 24. [0]"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_and_options_are_completed(env: dict[str, str], shell: str) -> None:
    for begun, wanted in (("re", {"read", "restart", "resume"}), ("qu", {"quit"}), ("quit --pu", {"--purge"})):
        number = len(begun.split())
        assert wanted <= set(re.findall(r"[\w-]+", "\n".join(answer(shell, f"svctl {begun}", number, env))))


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_completion_in_fish(env: dict[str, str]) -> None:
    script = f"'{BIN}/svctl' completion fish | source; complete -C 'svctl speak --pi'; complete -C 'svctl qui'"
    path = {"PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["fish", "--no-config", "-c", script], env=env | path, capture_output=True, text=True)
    assert done.stdout == "--pitch\tPitch shift in semitones, -24 to 24. [0]\nquit\tStop the daemon immediately.\n"


def test_completion_in_bash(daemon: Daemon) -> None:
    script = f"""eval "$('{BIN}/svctl' completion bash)"; compopt() {{ :; }}
        COMP_WORDS=(svctl re) COMP_CWORD=1; _svctl_completion '{BIN}/svctl'; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], env=daemon.env, capture_output=True, text=True, timeout=60)
    assert sorted(done.stdout.split()) == ["read", "restart", "resume"]
