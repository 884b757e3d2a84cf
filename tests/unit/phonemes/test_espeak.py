"""The program espeak-ng: what is read of it where it is installed, and its faults, played by scripts."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.phonemes import needs_espeak

from steadyvoice.ipc.errors import NotInstalled, UtteranceFailed
from steadyvoice.workers.phonemes import espeak


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A place for a script that takes the program's place."""
    return tmp_path / "program"


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@needs_espeak
@pytest.mark.parametrize(
    ("text", "voice", "said"),
    [
        ("hola", "es", "ˈola"),
        ("ciao", "it", "tʃˈao"),
        ("Hola,\nmundo.", "es", "ˈola mˈundo"),
        ("-h", "es", "ˈatʃe"),
        ("", "es", ""),
        ("…", "es", ""),
    ],
)
def test_phonemes(text: str, voice: str, said: str) -> None:
    assert espeak.phonemes(text, voice) == said


@needs_espeak
@pytest.mark.parametrize("text", ["[[h@l'oU]]", "[[[h@l'oU]]]", "[ [[h@l'oU"])
def test_text_is_never_read_as_phonemes(text: str) -> None:
    assert "ə" not in espeak.phonemes(text, "es")


@needs_espeak
def test_letters_of_one_phoneme_are_tied_on_request() -> None:
    assert espeak.phonemes("ciao", "it", tied=True) == "t͡ʃˈao"


@needs_espeak
def test_words_in_another_language_are_not_marked() -> None:
    assert "(" not in espeak.phonemes("das Mail Update", "de")
    assert "(" not in espeak.phonemes("das Mail Update", "de", tied=True)


@needs_espeak
def test_each_clause_is_one_string() -> None:
    assert espeak.clauses("Hola, mundo. Adiós.", "es") == ["ˈola", "mˈundo", "aðjˈos"]


@needs_espeak
@pytest.mark.parametrize("voice", ["tlh-nowhere", "../es", "-h", "", "es\n"])
def test_a_voice_that_it_does_not_have(voice: str) -> None:
    with pytest.raises(NotInstalled, match="has no voice"):
        espeak.phonemes("hola", voice)


def test_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match="install the package espeak-ng"):
        espeak.phonemes("hola", "es", program=str(tmp_path / "none"))
    assert not espeak.is_installed(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("echo fault >&2; exit 3", "status 3: fault"),
        ("exit 3", "status 3: no message"),
        ("kill -SEGV $$", "status -11: no message"),
    ],
)
def test_a_program_that_fails(program: Path, body: str, error: str) -> None:
    with pytest.raises(UtteranceFailed, match=error):
        espeak.phonemes("hola", "es", program=script(program, body))


def test_a_program_that_cannot_be_started(program: Path) -> None:
    program.write_bytes(b"\x7fELF no program")
    program.chmod(0o755)
    with pytest.raises((NotInstalled, UtteranceFailed), match=r"cannot be started|status 12[67]"):
        espeak.phonemes("hola", "es", program=str(program))


def test_a_program_that_hangs_is_ended(program: Path) -> None:
    before = os.listdir("/proc/self/fd")
    pid = program.with_name("pid")
    with pytest.raises(UtteranceFailed, match=r"took more than 0\.5 s"):
        espeak.phonemes(
            "hola", "es", program=script(program, f"echo $$ > {pid}; exec sleep 1000 > /dev/null"), limit_s=0.5
        )
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    assert os.listdir("/proc/self/fd") == before


def test_a_program_that_reads_nothing(program: Path) -> None:
    assert espeak.phonemes("hola " * 100_000, "es", program=script(program, "exec <&-; echo ˈola")) == "ˈola"


@pytest.mark.skipif(not Path("/usr/bin/setpriv").exists(), reason="setpriv is not installed")
def test_no_program_outlives_a_stage_that_is_killed(program: Path) -> None:
    pid = program.with_name("pid")
    os.mkfifo(pid)
    path = script(program, f"echo $$ > {pid}; exec sleep 1000")
    code = f"from steadyvoice.workers.phonemes import espeak; espeak.phonemes('', 'es', program={path!r}, limit_s=1000)"
    with subprocess.Popen([sys.executable, "-c", code]) as stage:
        running = os.pidfd_open(int(pid.read_text()))
        stage.kill()
    with open(running, closefd=True):
        ended, _, _ = select.select([running], [], [], 60)
        if not ended:
            signal.pidfd_send_signal(running, signal.SIGKILL)
    assert ended
