"""The program espeak-ng as a part of a stage: what it answers, and what becomes of it."""

import gc
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.daemon import alive, eventually
from support.phonemes import needs_espeak
from support.piper import program as stand_in

from steadyvoice.ipc.errors import NotInstalled, UtteranceFailed
from steadyvoice.workers.phonemes import espeak, program
from steadyvoice.workers.phonemes.espeak import Program
from steadyvoice.workers.phonemes.reading import TIE

SENTENCES = (
    "When the rain finally stopped, we walked home through the quiet streets; nobody said a word.",
    "Of the two, I like the old one: it is in the house, isn't it?",
    "Yes!",
)
EACH_LINE = 'while read -r line; do [ -z "$line" ] || echo "<$line>"; [ -n "$line" ] || echo; done'
"""A program that answers as espeak-ng does."""


@pytest.fixture(autouse=True)
def children() -> Iterator[Callable[[], set[int]]]:
    """Processes that this test has started. None is left at its end, nor a descriptor."""

    def all_children() -> set[int]:
        return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}

    gc.collect()
    others, descriptors = all_children(), len(os.listdir("/proc/self/fd"))
    yield lambda: all_children() - others
    assert not all_children() - others
    assert len(os.listdir("/proc/self/fd")) <= descriptors


@pytest.fixture
def english() -> Iterator[Program]:
    asked = Program("en-us")
    yield asked
    asked.close()


def use(monkeypatch: pytest.MonkeyPatch, path: Path, body: str) -> None:
    monkeypatch.setenv("PATH", stand_in(path, body))


@needs_espeak
def test_phonemes_are_those_of_the_whole_text(english: Program) -> None:
    for text in SENTENCES:
        command = ["espeak-ng", "-q", "--ipa", "-v", "en-us", text]
        whole = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        reading = program.read(english, text)
        assert [word.strip(",;:.?!").replace(TIE, "") for word in reading.ipa.split()] == whole.split()
        assert [mark for mark in reading.ipa if mark in ",;:.?!"] == [mark for mark in text if mark in ",;:.?!"]


@needs_espeak
def test_equal_texts_give_equal_phonemes(english: Program) -> None:
    """Whatever the process has read before."""
    texts = [word for text in SENTENCES for word in text.split()]
    first = english(texts)
    assert english(texts[::-1]) == first[::-1]
    english.close()
    assert [english([text])[0] for text in texts] == first


@needs_espeak
def test_each_text_has_one_answer(english: Program) -> None:
    """Also a long one, of several lines, one without phonemes, and one with another language's words."""
    answers = english(["one", "...", "the " * 400, "", "two"])
    assert [len(answer.split()) for answer in answers] == [1, 0, 400, 0, 1]
    german = Program("de")
    assert "(" not in german(["das ist ein Computer und Software"])[0]
    german.close()


@needs_espeak
@pytest.mark.parametrize(
    ("voice", "text", "said"),
    [
        ("es", "hola", "ˈola"),
        ("it", "ciao", "t͡ʃˈao"),
        ("es", "Hola,\nmundo.", "ˈola mˈundo"),
        ("es", "-h", "ˈat͡ʃe"),
        ("es", "ho\x01la\0", "ˈola"),
        ("es", "[[h", "ˈat͡ʃe"),
        ("es", "[ [[[h", "ˈat͡ʃe"),
        ("en-us", "isn’t", "ˈɪzənt"),
        ("es", "", ""),
        ("es", "…", ""),
    ],
)
def test_one_line_of_text_whatever_it_contains(voice: str, text: str, said: str) -> None:
    asked = Program(voice)
    assert asked([text]) == [said]
    asked.close()


@needs_espeak
@pytest.mark.parametrize("voice", ["xx-none", "../es", "-h", "", "es\n"])
def test_an_unknown_language_is_named(voice: str) -> None:
    with pytest.raises(NotInstalled, match="espeak-ng has no voice "):
        Program(voice)(["one"])


def test_without_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not espeak.is_installed()
    with pytest.raises(NotInstalled, match=r"espeak-ng.* is not installed: apt install espeak-ng, then svctl restart"):
        Program("en-us")(["one"])


def test_one_process_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, children: Callable[[], set[int]]) -> None:
    use(monkeypatch, tmp_path, EACH_LINE)
    asked = Program("en-us")
    assert asked(["one", "two"]) == ["<one>", "<two>"]
    (process,) = children()
    assert asked(["three"]) == ["<three>"]
    assert children() == {process}
    asked.close()
    asked.close()
    assert not alive(process)


def test_a_killed_program_is_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, children: Callable[[], set[int]]
) -> None:
    use(monkeypatch, tmp_path, EACH_LINE)
    asked = Program("en-us")
    for _ in range(3):
        assert asked(["one"]) == ["<one>"]
        (process,) = children()
        os.kill(process, signal.SIGKILL)
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    assert asked(["two"]) == ["<two>"]
    asked.close()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("exit 3", "ended with status 3: it gave no reason"),
        ("echo no data >&2; exit 1", "ended with status 1: no data"),
        ("kill -SEGV $$", "ended with status -11"),
        ("exec 1>&-; sleep 100", "ended with status -9"),
        ("cat /dev/zero", "ended with status -9"),
        ("sleep 100", "has not answered after 0.3 s and was killed"),
        ("sleep 100 & sleep 100", "has not answered after 0.3 s and was killed"),
        ("while :; do echo x; sleep 0.05; done", "has not answered after 0.3 s and was killed"),
        ("while read -r line; do echo x; done", "has not answered after 0.3 s and was killed"),
        ("trap '' TERM INT; while :; do :; done", "has not answered after 0.3 s and was killed"),
    ],
)
def test_a_broken_program_costs_one_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, why: str) -> None:
    use(monkeypatch, tmp_path, f"echo $$ > {tmp_path}/pid; {body}")
    asked = Program("en-us")
    with pytest.raises(UtteranceFailed, match=why):
        asked(["one"], 0.3)
    assert not alive(int((tmp_path / "pid").read_text()))
    use(monkeypatch, tmp_path, EACH_LINE)
    assert asked(["one"]) == ["<one>"]
    asked.close()


def test_a_program_that_reads_nothing_blocks_no_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The text is longer than a pipe holds."""
    use(monkeypatch, tmp_path, "sleep 100")
    with pytest.raises(UtteranceFailed, match="has not answered"):
        Program("en-us")(["x" * 300_000], 0.3)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")
def test_the_program_dies_with_its_stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Even if it hangs, and the stage is killed."""
    hanging = f'echo $$ > {tmp_path}/pid; while read -r line; do [ "$line" = hang ] && sleep 1000; echo; done'
    use(monkeypatch, tmp_path, hanging)
    code = (
        "import signal, time; from steadyvoice.workers.phonemes.espeak import Program;"
        "asked = Program('en-us'); asked(['']); asked._process.stdin.write(b'hang\\n'); print('asked', flush=True);"
        "time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as stage:
        assert stage.stdout is not None
        assert stage.stdout.readline() == "asked\n"
        stage.kill()
    pid = int((tmp_path / "pid").read_text())
    eventually(lambda: not alive(pid))
