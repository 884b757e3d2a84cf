"""Orca and Firefox, as they are installed, speak through a real speech-dispatcher and the module."""

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support.daemon import Daemon, eventually, idle
from support.desktop import Desktop, desktop
from support.gateway import real_client
from support.speechd import Server, server
from support.svctl import NULL

pytestmark = pytest.mark.long

CONFIGURATION = NULL
LETTERS = "the quick brown fox"
PAGE = b"""<!doctype html><title>Speech</title><script>
const tell = what => fetch("/reported/" + encodeURIComponent(what), {method: "POST"});
function speak(voice, text, rate, on) {
  const message = new SpeechSynthesisUtterance(text);
  message.voice = voice; message.rate = rate; message.pitch = 1.5; message.volume = 0.5;
  for (const event of ["start", "end", "error"])
    message["on" + event] = () => { tell(text.slice(0, 5) + " " + event).then(() => on(event)); };
  speechSynthesis.speak(message);
}
let begun = false;
function begin() {
  const voice = speechSynthesis.getVoices().find(each => each.voiceURI.includes("heart"));
  if (!voice || begun) return;
  begun = true;
  tell("voice " + voice.lang);
  speak(voice, "Hello & <b>there</b>.", 2, event => {
    if (event == "end")
      speak(voice, "Again, one two three four five six seven. ".repeat(20), 1, event => {
        if (event == "start") speechSynthesis.cancel(); else tell("bye");
      });
  });
}
speechSynthesis.onvoiceschanged = begin;
begin();
</script>"""


@pytest.fixture(scope="module")
def speechd(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(daemon, tmp_path_factory.mktemp("speechd")) as made:
        yield made


@pytest.fixture
def screen(speechd: Server, tmp_path: Path) -> Iterator[Desktop]:
    real_client("orca")
    with desktop(speechd.env, tmp_path) as made:
        yield made


def spoken(speechd: Server) -> list[str]:
    """The documents that the server has sent to the module, without their marks."""
    sent = re.findall(r"Command sent to output module: \|(<speak>.*?</speak>|space)\|", speechd.log, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", each) for each in sent]


def test_orca_says_every_key_however_quickly_they_come(speechd: Server, screen: Desktop, daemon: Daemon) -> None:
    screen.run("orca", "--replace")
    eventually(lambda: any("Screen reader on" in each for each in spoken(speechd)), 60)
    screen.open_window()
    eventually(lambda: any("Letter" in each for each in spoken(speechd)), 60)
    eventually(lambda: idle(daemon.status()))
    with screen.keyboard() as keyboard:
        before, heard = len(spoken(speechd)), daemon.status()["utterances"]["finished"]
        for count, letter in enumerate(LETTERS, before + 1):
            keyboard.press(letter if letter != " " else "space")
            time.sleep(
                0.06
            )  # the pace of a quick typist, or slower: the server drops what it has not sent before a key
            eventually(lambda count=count: len(spoken(speechd)) >= count)  # type: ignore[misc]
        eventually(lambda: idle(daemon.status()))
        typed = [each.strip() for each in spoken(speechd)[before:]]
        assert typed == [letter if letter != " " else "space" for letter in LETTERS]
        assert daemon.status()["utterances"]["finished"] > heard, "the last one is heard to its end"


class _Page(BaseHTTPRequestHandler):
    reported: list[str]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE)

    def do_POST(self) -> None:
        self.reported.append(self.path.removeprefix("/reported/").replace("%20", " "))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None: ...


def test_firefox_speaks_and_cancels(speechd: Server, screen: Desktop, daemon: Daemon, tmp_path: Path) -> None:
    real_client("firefox")
    reported: list[str] = []
    _Page.reported = reported
    with HTTPServer(("127.0.0.1", 0), _Page) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            profile = tmp_path / "profile"
            profile.mkdir()
            address = f"http://127.0.0.1:{web.server_port}/"
            screen.run("firefox-esr", "--headless", "--no-remote", "--profile", profile, address)
            eventually(lambda: "bye" in reported, 90)
        finally:
            web.shutdown()
            thread.join()
    assert reported == ["voice en-US", "Hello start", "Hello end", "Again start", "Again end", "bye"]
    assert "rate=75\n" in speechd.log
    eventually(lambda: idle(daemon.status()))
