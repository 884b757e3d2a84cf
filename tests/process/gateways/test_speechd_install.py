"""``svctl speechd``: puts the module where the server looks for it, and leaves a user's own files alone."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.daemon import BIN, user_env

FOLDER = Path("libexec", "speech-dispatcher-modules")


class User:
    def __init__(self, home: Path, cache: Path) -> None:
        self.env = user_env(home, cache)
        self.module = home / ".local" / FOLDER / "sd_steadyvoice"
        self.configuration = home / ".config" / "speech-dispatcher" / "speechd.conf"

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [BIN / "svctl", "speechd", *words], env=self.env, capture_output=True, text=True, timeout=60
        )

    def own(self, text: str) -> None:
        self.configuration.parent.mkdir(parents=True)
        self.configuration.write_text(text)


@pytest.fixture
def someone(tmp_path: Path, cache: Path) -> User:
    return User(tmp_path / "user", cache)


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_install_and_remove_leave_nothing(someone: User, tmp_path: Path) -> None:
    done = someone.run("install", "--default")
    assert done.returncode == 0, done.stderr
    assert str(someone.module) in done.stdout
    assert "pkill -HUP speech-dispatch" in done.stdout
    assert os.access(someone.module, os.X_OK)
    assert someone.configuration.read_text().splitlines()[1:] == [
        'Include "/etc/speech-dispatcher/speechd.conf"',
        "DefaultModule steadyvoice",
    ]
    done = someone.run("remove")
    assert done.returncode == 0
    assert files(tmp_path / "user") == set()
    assert not someone.module.parents[1].exists()
    assert not someone.configuration.parent.exists()
    assert someone.run("remove").stdout == "not installed\n"


def test_repeating_changes_nothing(someone: User, tmp_path: Path) -> None:
    first = someone.run("install", "--default", "--json")
    before = {name: (tmp_path / "user" / name).stat().st_mtime_ns for name in files(tmp_path / "user")}
    again = someone.run("install", "--default", "--json")
    assert json.loads(first.stdout) == json.loads(again.stdout)
    assert json.loads(first.stdout) == {
        "module": str(someone.module), "default": True, "restart": "pkill -HUP speech-dispatch", "note": "",
    }  # fmt: skip
    assert before == {name: (tmp_path / "user" / name).stat().st_mtime_ns for name in files(tmp_path / "user")}
    removed = json.loads(someone.run("remove", "--json").stdout)
    assert removed["removed"] == [str(someone.module), str(someone.configuration)]


def test_without_default_nothing_is_configured(someone: User) -> None:
    assert someone.run("install").returncode == 0
    assert someone.module.exists()
    assert not someone.configuration.exists()


@pytest.mark.parametrize(
    ("own", "words", "status", "advice"),
    [
        ("DefaultRate 10\n", ["--default"], 1, "DefaultModule steadyvoice"),
        ("DefaultRate 10\n", [], 0, ""),
        ('Include "x"\ndefaultmodule "steadyvoice"\n', ["--default"], 0, ""),
        ("DefaultModule steadyvoice\nDefaultModule espeak-ng\n", ["--default"], 1, "DefaultModule steadyvoice"),
        ("# DefaultModule steadyvoice\n", ["--default"], 1, "DefaultModule steadyvoice"),
        ('AddModule "flite" "sd_flite" "flite.conf"\n', [], 0, 'AddModule "steadyvoice" "sd_steadyvoice"'),
    ],
)
def test_a_users_own_configuration_is_left_alone(
    someone: User, own: str, words: list[str], status: int, advice: str
) -> None:
    someone.own(own)
    done = someone.run("install", *words)
    assert done.returncode == status
    assert (advice in done.stderr) if advice else done.stderr == ""
    assert someone.module.exists()
    assert someone.configuration.read_text() == own
    assert someone.run("remove").returncode == 0
    assert someone.configuration.read_text() == own


def test_a_configuration_of_ours_that_was_edited_is_kept(someone: User) -> None:
    assert someone.run("install", "--default").returncode == 0
    edited = someone.configuration.read_text() + "DefaultRate 30\n"
    someone.configuration.write_text(edited)
    done = someone.run("remove")
    assert "remove the lines that name steadyvoice" in done.stderr
    assert someone.configuration.read_text() == edited
    assert not someone.module.exists()


def test_another_module_of_this_name_is_not_replaced(someone: User) -> None:
    someone.module.parent.mkdir(parents=True)
    someone.module.write_text("mine\n")
    done = someone.run("install")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "was not made by svctl" in done.stderr
    assert someone.run("remove").returncode == 0
    assert someone.module.read_text() == "mine\n"


def test_the_folder_is_that_of_the_server_where_the_data_is_elsewhere(someone: User, tmp_path: Path) -> None:
    """The server's path leads through $XDG_DATA_HOME, which may be a link and may not exist yet."""
    (tmp_path / "disk" / "share").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "share")
    for data, folder in (("link", "disk"), ("none/share", "none")):
        someone.env["XDG_DATA_HOME"] = str(tmp_path / data)
        assert someone.run("install").returncode == 0
        assert (tmp_path / folder / FOLDER / "sd_steadyvoice").exists()
        assert Path(tmp_path, data, "..", FOLDER, "sd_steadyvoice").exists()


def test_a_folder_that_cannot_be_written_is_one_line(someone: User, tmp_path: Path) -> None:
    (tmp_path / "user" / ".local").write_text("a file\n")
    done = someone.run("install")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
