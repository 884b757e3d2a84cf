"""The module of speech-dispatcher at its pipes, with a real daemon that plays to a simulated device."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, eventually, idle
from support.speechd import Module, events, module
from support.svctl import NULL

from steadyvoice.ipc.messages import Finished

CONFIGURATION = NULL
LONG = "<speak>" + "One two three four five six seven. " * 20 + "</speak>"


@pytest.fixture(scope="module")
def shared(daemon: Daemon) -> Iterator[Module]:
    with module(daemon) as made:
        yield made


@pytest.fixture
def speaker(shared: Module, daemon: Daemon) -> Iterator[Module]:
    yield shared
    eventually(lambda: idle(daemon.status()))
    assert shared.process.poll() is None


def test_a_message_begins_reaches_its_marks_and_ends(speaker: Module) -> None:
    said = speaker.said(
        '<speak><mark name="0:5"/>Hello <mark name="6:11"/>there. <mark name="__spd_0"/>Bye.<mark name="last"/></speak>'
    )
    assert events(said) == "BEGIN 0:5 6:11 __spd_0 last END"


def test_end_comes_when_the_last_sample_has_been_played(speaker: Module, daemon: Daemon) -> None:
    with daemon.client() as client:
        subscription = client.subscribe()
        speaker.speak("<speak>One two three four.</speak>")
        speaker.expect("701 BEGIN")
        began = time.monotonic()
        speaker.expect("702 END")
        took_s = time.monotonic() - began
        finished = next(event for event in subscription if isinstance(event, Finished))
    assert finished.reason == "done"
    assert took_s > finished.duration_s - 0.3, "the device plays in real time"


@pytest.mark.parametrize(
    ("kind", "text", "settings"),
    [
        ("SPEAK", "space", {}),
        ("SPEAK", "bad <speak> & markup", {}),
        ("SPEAK", "<speak>..dots\n..\n</speak>", {}),
        ("SPEAK", '<speak><mark name="0:1"/>h </speak>', {}),
        ("SPEAK", "<speak>&amp;</speak>", {}),
        ("SPEAK", "<speak>Guten Tag</speak>", {"language": "de", "voice": "female1", "rate": 100, "volume": -20}),
        ("SPEAK", "<speak>Hi, all.</speak>", {"punctuation_mode": "all", "pitch": 30, "cap_let_recogn": "icon"}),
        ("SPEAK", "<speak>Hi</speak>", {"spelling_mode": "on", "synthesis_voice": "gone"}),
        ("CHAR", "b", {}),
        ("CHAR", "space", {}),
        ("CHAR", "\u00e9", {}),
        ("KEY", "shift_a", {}),
        ("SOUND_ICON", "prompt", {}),
    ],
)
def test_every_kind_of_message_is_heard(
    speaker: Module, daemon: Daemon, kind: str, text: str, settings: dict[str, object]
) -> None:
    with daemon.client() as client:
        subscription = client.subscribe()
        said = speaker.said(text, kind, **settings)
        finished = next(event for event in subscription if isinstance(event, Finished))
    assert (finished.reason, finished.code) == ("done", None)
    assert finished.duration_s > 0.1
    found = events(said).split()
    assert (found[0], found[-1]) == ("BEGIN", "END")


@pytest.mark.parametrize("text", ["<speak></speak>", "<speak> .. </speak>", '<speak><mark name="__spd_0"/></speak>'])
def test_a_message_without_words_ends_at_once(speaker: Module, text: str) -> None:
    said = events(speaker.said(text)).split()
    assert (said[0], said[-1]) == ("BEGIN", "END")


def test_stop_is_answered_and_the_daemon_falls_silent(speaker: Module, daemon: Daemon) -> None:
    speaker.speak(LONG)
    speaker.expect("701 BEGIN")
    speaker.command("STOP", "703 STOP")
    eventually(lambda: idle(daemon.status()))
    assert events(speaker.said("<speak>Hi</speak>")) == "BEGIN END"


def test_stop_before_anything_is_heard_is_preceded_by_begin(speaker: Module, daemon: Daemon) -> None:
    for _ in range(20):
        speaker.send(f"SPEAK\n{LONG}\n.\nSTOP\n")
        speaker.expect("200 OK SPEAKING")
        speaker.expect("701 BEGIN")
        speaker.expect("703 STOP")
    eventually(lambda: idle(daemon.status()))


def test_stop_while_nothing_is_said_is_not_answered(speaker: Module) -> None:
    speaker.send("STOP\nPAUSE\n")
    assert events(speaker.said("<speak>Hi</speak>")) == "BEGIN END"


def test_pause_is_silent_at_once_and_what_follows_the_mark_is_said_again(speaker: Module, daemon: Daemon) -> None:
    speaker.speak(f'<speak>One.<mark name="__spd_0"/> {"two three four " * 20}</speak>')
    speaker.expect("700-__spd_0")
    speaker.command("PAUSE", "704 PAUSE")
    eventually(lambda: idle(daemon.status()))
    assert events(speaker.said("<speak>two</speak>")) == "BEGIN END"


def test_another_program_may_cancel_the_message(speaker: Module, daemon: Daemon) -> None:
    speaker.speak(LONG)
    speaker.expect("701 BEGIN")
    assert daemon.svctl("stop").returncode == 0
    speaker.expect("703 STOP")


def test_each_message_has_its_own_end_even_if_the_server_does_not_wait(speaker: Module) -> None:
    speaker.send(f"SPEAK\n{LONG}\n.\nCHAR\nb\n.\n")
    for line in ("202", "200", "701", "703", "202", "200", "701", "702"):
        speaker.expect(line)


def test_voices_are_listed_with_their_language(speaker: Module) -> None:
    speaker.send("LIST VOICES\n")
    assert speaker.expect("200-") == "200-heart\ten-US\tnone"
    speaker.expect("200 OK VOICE LIST SENT")
    speaker.command("LIST VOICES en", "200-heart")
    speaker.expect("200 OK")
    speaker.command("LIST VOICES xx", "304 CANT LIST VOICES")


def test_other_commands_are_answered(speaker: Module, tmp_path: Path) -> None:
    speaker.command("LOGLEVEL", "207 OK RECEIVING LOGLEVEL SETTINGS")
    speaker.send("log_level=3\n.\n")
    speaker.expect("203 OK LOGLEVEL SET")
    speaker.command(f"DEBUG ON {tmp_path}/log", "200 OK DEBUGGING ON")
    speaker.command("NONSENSE", "300 ERR UNKNOWN COMMAND")
    speaker.command("DEBUG OFF", "200 OK DEBUGGING OFF")
    assert "NONSENSE" in (tmp_path / "log").read_text()
    speaker.command(f"DEBUG ON {tmp_path}/no/such/folder", "303 CANT OPEN")
    speaker.command("DEBUG", "302 ERROR BAD SYNTAX")
    speaker.send("SET\nno value\n.\n")
    speaker.expect("302 ERROR BAD SYNTAX")
    speaker.send("SPEAK\n.\n")
    speaker.expect("301 ERROR CANT SPEAK")
    speaker.send("KEY\na\nb\n.\n")
    speaker.expect("305 DATA MORE THAN ONE LINE")


def test_quit_ends_the_module(daemon: Daemon) -> None:
    made = Module(daemon.env)
    made.speak(LONG)
    made.expect("701 BEGIN")
    made.send("QUIT\n")
    made.expect("703 STOP")
    made.expect("210 OK QUIT")
    assert made.process.wait(20) == 0
    made.close()
    eventually(lambda: idle(daemon.status()))


def test_the_end_of_its_input_ends_the_module_and_its_message(daemon: Daemon) -> None:
    made = Module(daemon.env)
    made.speak(LONG)
    made.expect("701 BEGIN")
    assert made.close() == 0
    eventually(lambda: idle(daemon.status()))
