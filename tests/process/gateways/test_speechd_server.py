"""A real speech-dispatcher with its own clients: spd-say, and the Python client that Orca uses."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, eventually, idle
from support.speechd import Server, server
from support.svctl import NULL

CONFIGURATION = NULL
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def running(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(daemon, tmp_path_factory.mktemp("speechd")) as made:
        yield made


@pytest.fixture
def speechd(running: Server, daemon: Daemon) -> Iterator[Server]:
    yield running
    eventually(lambda: idle(daemon.status()))


def test_the_module_is_listed_with_its_voices_and_is_the_default(speechd: Server, daemon: Daemon) -> None:
    assert "steadyvoice" in speechd.spd_say("-O").stdout.split()
    assert "heart" in speechd.spd_say("-L").stdout
    before = daemon.status()["utterances"]["finished"]
    assert speechd.spd_say("-w", "Hello there.").returncode == 0
    assert daemon.status()["utterances"]["finished"] == before + 1


@pytest.mark.parametrize(
    "words",
    [
        ("Hello & <goodbye>, all.",),
        ("-x", "<speak>Hello <break time='100ms'/> there."),
        ("-x", "bad <speak> & markup"),
        ("-m", "all", "a, b."),
        ("-r", "50", "-p", "30", "-i", "-20", "-l", "de", "-t", "female1", "Guten Tag"),
        ("-y", "heart", "-P", "important", "Now."),
        ("-s", "to"),
        ("-I", "bell"),
    ],
)
def test_spd_say(speechd: Server, daemon: Daemon, words: tuple[str, ...]) -> None:
    before = daemon.status()["utterances"]["finished"]
    done = speechd.spd_say("-w", *words)
    assert (done.returncode, done.stderr) == (0, "")
    eventually(lambda: daemon.status()["utterances"]["finished"] == before + 1)  # -w does not wait for an icon


def test_the_example_of_the_document_runs(speechd: Server, daemon: Daemon) -> None:
    section = (ROOT / "docs" / "gateways.md").read_text().partition("\n## speech-dispatcher\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)
    before = daemon.status()["utterances"]["finished"]
    path = f"{BIN}:{speechd.env['PATH']}"
    done = subprocess.run(["sh", "-ec", block], env=speechd.env | {"PATH": path}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert daemon.status()["utterances"]["finished"] == before + 1


def test_a_client_gets_begin_its_marks_and_end(speechd: Server) -> None:
    script = """
speak('<speak><mark name="0:5"/>Hello <mark name="6:11"/>there. Bye.</speak>', ssml=True)
until("end")
done()
"""
    assert speechd.client(script) == ["begin", "0:5", "6:11", "end"]


def test_cancel_returns_while_it_speaks_and_the_next_message_is_said(speechd: Server) -> None:
    script = """
for _ in range(5):
    events.clear()
    speak("One two three four five six seven. " * 10)
    until("begin")
    client.cancel()
    until("cancel")
    assert "end" not in events, events
events.clear()
speak("Hi.")
until("end")
done()
"""
    assert speechd.client(script) == ["begin", "end"]


def test_typing_quickly_loses_no_character(speechd: Server, daemon: Daemon) -> None:
    script = """
letters = "abcdefgh"
begun = threading.Semaphore(0)
heard = []
for letter in letters:
    client.cancel()
    def typed(kind, index_mark=None, letter=letter):
        if kind == "begin":
            heard.append(letter)
            begun.release()
    client.speak(letter + " ", callback=typed)
    assert begun.acquire(timeout=30), heard
client.close()
print(json.dumps(heard))
"""
    assert speechd.client(script) == list("abcdefgh")


def test_pause_and_resume_go_on_behind_the_last_mark_that_was_heard(speechd: Server) -> None:
    script = """
speak("One. " + "Two two two two two two two two two. " + "Three.")
until("begin")
time.sleep(1.0)
client.pause()
until("pause")
client.resume()
until("end")
done()
"""
    assert speechd.client(script) == ["begin", "pause", "resume", "end"]


def test_messages_wait_for_each_other_and_important_ones_go_first(speechd: Server) -> None:
    script = """
order = []
def named(name):
    def on(kind, index_mark=None):
        if kind in ("begin", "end", "cancel"):
            with changed:
                order.append(f"{name} {kind}")
                changed.notify_all()
    return on
client.set_data_mode(speechd.DataMode.TEXT)
client.set_priority(speechd.Priority.MESSAGE)
client.speak("One two three.", callback=named("first"))
client.speak("Four.", callback=named("second"))
client.set_priority(speechd.Priority.TEXT)
client.speak("Never mind.", callback=named("text"))
with changed:
    assert changed.wait_for(lambda: "second end" in order, 30), order
client.close()
print(json.dumps([each for each in order if not each.startswith("text")]))
"""
    assert speechd.client(script) == ["first begin", "first end", "second begin", "second end"]


def test_all_reading_modes_are_taken(speechd: Server, daemon: Daemon) -> None:
    script = """
client.set_language("en-us")
client.set_punctuation(speechd.PunctuationMode.ALL)
client.set_cap_let_recogn("spell")
client.set_spelling(True)
client.set_rate(80)
client.set_pitch(20)
client.set_volume(50)
client.set_voice("FEMALE1")
speak("Ab.")
until("end")
events.clear()
client.key("control_c")
voices = [list(voice) for voice in client.list_synthesis_voices()]
client.close()
print(json.dumps(voices))
"""
    assert speechd.client(script)[0][:2] == ["heart", "en-US"]


def test_a_server_that_was_running_finds_the_module_after_its_signal(daemon: Daemon, tmp_path: Path) -> None:
    made = Server(daemon.env, tmp_path)
    try:
        made.start()
        assert "steadyvoice" not in made.spd_say("-O").stdout.split()
        assert made.svctl("speechd", "install").returncode == 0
        made.reload()
        eventually(lambda: "steadyvoice" in made.spd_say("-O").stdout.split())
        pid = made.module_pid()
        assert made.svctl("speechd", "remove").returncode == 0
        made.reload()
        eventually(lambda: "steadyvoice" not in made.spd_say("-O").stdout.split())
        eventually(lambda: not Path(f"/proc/{pid}").exists())
    finally:
        made.stop()
