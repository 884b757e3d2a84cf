"""``svctl lexicon``: changes of the two files, without a daemon; and one clear line for all that cannot be done."""

import json
import os
import re
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import ordinary
from support.daemon import user_env
from support.svctl import SVCTL, User

from steadyvoice.workers.text.lexicon import tables

DOC = (Path(__file__).parents[2] / "docs" / "lexicon.md").read_text()


class Account:
    """A user account with its files."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = user_env(home, home, STEADYVOICE_ETC=str(home / "etc"))
        self.file = home / ".config/steadyvoice/lexicon.toml"
        self.machine = home / "etc/lexicon.toml"

    def write(self, text: str) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)

    def lexicon(self, *words: str | Path, **more: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [SVCTL, "lexicon", *words], env=self.env, capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL, **more,
        )  # fmt: skip

    def refused(self, *words: str | Path, status: int = 1) -> str:
        done = self.lexicon(*words)
        assert (done.returncode, done.stdout) == (status, "")
        assert done.stderr.count("\n") == 1
        return done.stderr


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "user")


def test_add_list_and_remove(account: Account) -> None:
    done = account.lexicon("add", "nginx", "engine x")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"nginx: added in {account.file}\n"
    assert account.lexicon("add", "nginx", "web server").stdout == f"nginx: replaced in {account.file}\n"
    account.lexicon("add", "GIF", "/dʒɪf/", "--language", "en-GB")
    account.lexicon("add", "GIF", "giff", "--voice", "heart")
    account.lexicon("add", "GIF", "/ɡɪf/", "--machine")
    assert account.file.read_text() == (
        '"nginx" = "web server"\n\n[en-GB]\n"GIF" = "/dʒɪf/"\n\n[voice.heart]\n"GIF" = "giff"\n'
    )
    found = json.loads(account.lexicon("list", "--json").stdout)
    assert [tuple(each.values())[:5] for each in found] == [
        ("nginx", "web server", "", "", "user"),
        ("GIF", "/dʒɪf/", "en-GB", "", "user"),
        ("GIF", "giff", "", "heart", "user"),
        ("GIF", "/ɡɪf/", "", "", "machine"),
    ]
    assert account.lexicon().stdout == account.lexicon("list").stdout
    assert account.lexicon("list").stdout.splitlines()[1].split() == ["GIF", "/dʒɪf/", "en-GB", "user"]
    assert account.refused("remove", "GIF") == (
        f"svctl: {account.file} has no 'GIF' there; it has 'GIF' --language en-GB, 'GIF' --voice heart\n"
    )
    for words in (["GIF", "--language", "EN-gb"], ["GIF", "--voice", "heart"], ["nginx"], ["GIF", "--machine"]):
        done = account.lexicon("remove", *words)
        assert (done.returncode, done.stderr) == (0, "")
    empty = account.lexicon("list")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "no entries" in empty.stderr


def test_lines_that_are_not_concerned_stay(account: Account) -> None:
    text = "# Mine.\n\nsudo = 'sue do' # not doo\n\n# names\n\"Ng\" = '/əŋ/'\n"
    account.write(text)
    account.file.chmod(0o640)
    assert account.lexicon("add", "x", "ex").returncode == 0
    assert account.file.read_text() == f'{text}"x" = "ex"\n'
    assert stat.S_IMODE(account.file.stat().st_mode) == 0o640
    assert os.listdir(account.file.parent) == ["lexicon.toml"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["add", "x", "/a"], 2, "begins and ends with /"),
        (["add", "x", "/a]/"], 2, "phonemes in IPA have no ]"),
        (["add", "x", ""], 2, "the pronunciation is empty"),
        (["add", "", "x"], 2, "the word is empty"),
        (["add", "x" * 101, "x"], 2, "101 characters"),
        (["add", "a\nb", "x"], 2, "control characters"),
        (["add", "x", "!"], 2, "no letter"),
        (["add", "x", "y", "--language", "english"], 2, "is no language"),
        (["add", "x", "y", "--language", "en", "--voice", "heart"], 2, "--language or --voice"),
        (["add", "en", "y"], 1, "only be changed with an editor"),
        (["remove", "x"], 1, "has no 'x'"),
        (["remove", "known", "--machine"], 1, "has no 'known'"),
        (["import", "/nowhere"], 1, "/nowhere: no such file"),
        (["import", "/"], 1, "a folder where a file belongs"),
        (["import", "/dev/null"], 1, "not a regular file"),
        (["import", SVCTL], 1, "has no tab"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(account: Account, words: list[str], status: int, said: str) -> None:
    account.write('known = "a"\n[en]\nx = "b"\n')
    before = account.file.read_bytes()
    assert said in account.refused(*words, status=status)
    assert account.file.read_bytes() == before


def test_usage_errors(account: Account) -> None:
    assert account.lexicon("add", "x").returncode == 2
    assert account.lexicon("--json", "list").returncode == 2


@pytest.mark.parametrize("words", [["add", "x", "y"], ["remove", "x"], ["list"]])
def test_a_broken_file_is_not_changed(account: Account, words: list[str]) -> None:
    account.write('x = "a\n')
    said = account.refused(*words)
    assert said.startswith(f"svctl: {account.file}: not TOML")
    assert account.file.read_text() == 'x = "a\n'


def test_the_file_of_the_machine_is_readable_for_all(account: Account) -> None:
    assert account.lexicon("add", "x", "y", "--machine", umask=0o077).returncode == 0
    assert stat.S_IMODE(account.machine.stat().st_mode) == 0o644
    assert stat.S_IMODE(account.machine.parent.stat().st_mode) == 0o755


def test_a_link_of_ones_own_is_followed_and_no_other(account: Account, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles.toml"
    dotfiles.write_text('x = "a"\n')
    account.write("")
    account.file.unlink()
    account.file.symlink_to(dotfiles)
    assert account.lexicon("add", "x", "b").returncode == 0
    assert account.file.is_symlink()
    assert dotfiles.read_text() == '"x" = "b"\n'
    dotfiles.unlink()
    assert "No such file" in account.refused("add", "x", "c")
    assert not dotfiles.exists()
    account.machine.parent.mkdir()
    dotfiles.write_text('x = "a"\n')
    account.machine.symlink_to(dotfiles)
    assert "is a link" in account.refused("add", "x", "c", "--machine")
    if os.getuid() == 0:
        os.chown(dotfiles, ordinary.UID, ordinary.UID)
        assert "is a link" in account.refused("add", "x", "c")
    assert dotfiles.read_text() == 'x = "a"\n'


def test_a_link_in_place_of_the_new_file_is_not_followed(account: Account, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    account.write("")
    (account.file.parent / ".lexicon.toml.new").symlink_to(victim)
    assert account.lexicon("add", "x", "y").returncode == 0
    assert victim.read_text() == "kept"
    assert not account.file.is_symlink()


def test_changes_at_once_are_all_kept(account: Account) -> None:
    started = [
        subprocess.Popen([SVCTL, "lexicon", "add", f"word{number}", "x"], env=account.env, stdout=subprocess.DEVNULL)
        for number in range(6)
    ]
    assert [each.wait(60) for each in started] == [0] * 6
    assert sorted(line.split(" ")[0] for line in account.file.read_text().splitlines()) == [
        f'"word{number}"' for number in range(6)
    ]


def test_import(account: Account, tmp_path: Path) -> None:
    pls = tmp_path / "names.pls"
    pls.write_text(
        '<lexicon xml:lang="en-US" alphabet="ipa"><lexeme><grapheme>GIF</grapheme><grapheme>gif</grapheme>'
        "<phoneme>ɡɪf</phoneme><phoneme prefer='true'>dʒɪf</phoneme></lexeme><lexeme><grapheme>W3C</grapheme>"
        "<alias>the consortium</alias></lexeme><lexeme><grapheme>z</grapheme></lexeme></lexicon>"
    )
    account.write('[en-US]\ngif = "old"  # mine\n')
    done = account.lexicon("import", pls)
    assert done.returncode == 0
    assert done.stdout == f"3 entries added to {account.file} [en-US], 1 of them replaced others\n"
    assert done.stderr.startswith("svctl: 1 skipped, the first because: ")
    assert account.file.read_text() == (
        '[en-US]\n"gif" = "/dʒɪf/"  # mine\n"GIF" = "/dʒɪf/"\n"W3C" = "the consortium"\n'
    )
    table = tmp_path / "words.tsv"
    table.write_text("nginx\tˈɛndʒɪnˈɛks\n")
    answer = json.loads(account.lexicon("import", table, "--voice", "heart", "--json").stdout)
    assert (answer["entries"], answer["replaced"], answer["skipped"]) == (1, 0, 0)
    assert account.file.read_text().endswith('\n\n[voice.heart]\n"nginx" = "/ˈɛndʒɪnˈɛks/"\n')
    big = tmp_path / "big.tsv"
    big.write_text("".join(f"word{number}{'x' * 60}\t{'a' * 60}\n" for number in range(8000)))
    before = account.file.read_bytes()
    assert "would be larger than 1 MiB" in account.refused("import", big)
    assert account.file.read_bytes() == before


def test_phonemes_that_a_voice_has_not_are_named(account: Account) -> None:
    assert account.lexicon("add", "a", "/kæt/").stderr == ""
    assert "have no sound for ɧ ǃ" in account.lexicon("add", "a", "/kɧæǃɧ/").stderr
    assert account.lexicon("add", "a", "/kɧæ/", "--language", "de").stderr == ""
    assert "'other' says the written word" in account.lexicon("add", "a", "/kæt/", "--voice", "other").stderr


def test_without_a_home(account: Account) -> None:
    account.env["HOME"] = ""
    if os.getuid() == 0:
        account.env["XDG_CONFIG_HOME"] = str(account.home / "xdg")
        assert account.lexicon("add", "a", "b").returncode == 0
        assert (account.home / "xdg/steadyvoice/lexicon.toml").exists()


def test_a_folder_that_cannot_be_written(account: Account) -> None:
    account.file.parent.parent.mkdir(parents=True)
    account.file.parent.touch()
    assert "Not a directory" in account.refused("add", "a", "b")
    assert "Not a directory" in account.refused("list")


def test_the_commands_of_the_document(user: User) -> None:
    block, _ = re.findall(r"^```sh\n(.*?)^```", DOC, re.M | re.S)  # test_read.py runs the second one
    (user.home / "names.pls").write_text(
        "<lexicon><lexeme><grapheme>Ng</grapheme><phoneme>əŋ</phoneme></lexeme></lexicon>"
    )
    for line in block.splitlines():
        words = [str(SVCTL), *shlex.split(line, comments=True)[1:]]
        done = subprocess.run(words, cwd=user.home, env=user.env, capture_output=True, text=True, timeout=100)
        assert (done.returncode, done.stdout != "") == (0, True), done.stderr
    assert done.stdout.endswith(" ʤɪf.\n")


def test_the_example_of_the_document() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", DOC, re.M | re.S)
    assert [table.name for table in tables.parse(example)] == ["", "en-GB", "voice.heart"]
