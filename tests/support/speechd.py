"""speech-dispatcher of a test's own: the module alone, at its pipes, and the real server with its clients."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from support.daemon import BIN, Daemon, eventually

SETTINGS = (
    "pitch=0\npitch_range=0\nrate=0\nvolume=100\npunctuation_mode=none\nspelling_mode=off\ncap_let_recogn=none\n"
    "voice=male1\nlanguage=en-us\nsynthesis_voice=NULL\n"
)
"""What the server sends before a message."""
MODULE = [sys.executable, "-P", "-m", "steadyvoice.gateways.speechd", "steadyvoice.conf"]


class Module:
    """The module, as the server drives it."""

    def __init__(self, env: Mapping[str, str], *, audio: str = "own") -> None:
        self.process = subprocess.Popen(
            MODULE, env=dict(env), bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.lines: list[str] = []
        """All that it has written, without the samples of audio events."""
        self.audio = bytearray()
        self._at = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        self.command("INIT", "299 OK")
        self.send("AUDIO\naudio_output_method=server\n.\n")
        if self.expect("203 OK AUDIO", "300 ") != "203 OK AUDIO INITIALIZED":
            self.send("AUDIO\naudio_output_method=pulse\naudio_pulse_device=default\n.\n")
            self.expect("203 OK AUDIO")

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            for raw in iter(pipe.readline, b""):
                line = raw
                if line.startswith(b"705-AUDIO\0"):
                    self.audio += _unescaped(line.removeprefix(b"705-AUDIO\0").removesuffix(b"\n"))
                    line = b"705-AUDIO"
                with self._changed:
                    self.lines.append(line.decode().removesuffix("\n"))
                    self._changed.notify_all()

    def send(self, text: str | bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() if isinstance(text, str) else text)

    def expect(self, *beginnings: str, seconds: float = 30.0) -> str:
        """The next line that begins so; those before it are passed over, unless one is the last event of a message."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                while self._at < len(self.lines):
                    line = self.lines[self._at]
                    self._at += 1
                    if line.startswith(beginnings):
                        return line
                    assert not line.startswith(("702", "703", "704")), f"{line} before {beginnings}"
                assert self._changed.wait(max(0, deadline - time.monotonic())), f"no {beginnings} in {self.lines[-5:]}"

    def skip_to(self, line: str) -> None:
        """Wait for this line, whatever comes before it."""
        with self._changed:
            assert self._changed.wait_for(lambda: line in self.lines[self._at :], 60), self.lines[-5:]
            self._at += self.lines[self._at :].index(line) + 1

    def command(self, line: str, reply: str) -> str:
        self.send(f"{line}\n")
        return self.expect(reply)

    def speak(self, text: str, kind: str = "SPEAK", **settings: object) -> None:
        """Return when it has accepted the message."""
        changed = "".join(f"{name}={value}\n" for name, value in settings.items())
        self.command("SET", "203 OK RECEIVING")
        self.send(f"{SETTINGS}{changed}.\n")
        self.expect("203 OK SETTINGS")
        self.command(kind, "202 ")
        self.send(f"{text}\n.\n")
        self.expect("200 OK SPEAKING")

    def said(self, text: str, kind: str = "SPEAK", **settings: object) -> list[str]:
        """Speak to the end; the events."""
        self.speak(text, kind, **settings)
        begin = self._at
        self.expect("702 END")
        return [line for line in self.lines[begin : self._at] if not line.startswith("705")]

    def close(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            self._thread.join()
            self.process.stderr.close()


def _unescaped(data: bytes) -> bytes:
    first, *others = data.split(b"\x7d")
    return first + b"".join(bytes([part[0] ^ 0x20]) + part[1:] for part in others)


@contextmanager
def module(daemon: Daemon, **more: str) -> Iterator[Module]:
    made = Module(daemon.env | more)
    try:
        yield made
    finally:
        status = made.close()
    assert status == 0


def events(lines: list[str]) -> str:
    """The events as one word: the names of marks between BEGIN and END."""
    return " ".join(line[4:] for line in lines if line.startswith(("701", "700-", "702", "703", "704")))


class Server:
    """A real speech-dispatcher with the module that ``svctl speechd install`` makes, as a user of its own."""

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        self.home = home
        self.socket = home / "speechd.sock"
        data, config = home / ".local" / "share", home / ".config"
        self.env = dict(env) | {"XDG_DATA_HOME": str(data), "XDG_CONFIG_HOME": str(config), "LANG": "C.UTF-8"}
        self.env["SPEECHD_ADDRESS"] = f"unix_socket:{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def svctl(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([BIN / "svctl", *words], env=self.env, capture_output=True, text=True, timeout=60)

    def start(self) -> "Server":
        logs = self.home / "speechd-log"
        logs.mkdir(exist_ok=True)
        command = ["speech-dispatcher", "-s", "-t", "0", "-c", "unix_socket", "-S", str(self.socket)]
        with open(self.home / "speechd-out", "wb") as out:
            self._process = subprocess.Popen(
                [*command, "-L", str(logs), "-l", "5", "-P", str(self.home / "speechd.pid")],
                env=self.env, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        eventually(self.socket.exists)
        return self

    @property
    def log(self) -> str:
        """With all that was sent to the modules."""
        return (self.home / "speechd-log" / "speech-dispatcher.log").read_text(errors="replace")

    def module_pid(self) -> int:
        """Of the module that the server has started; 0 if there is none."""
        assert self._process is not None
        for child in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split():
            with suppress(OSError):  # it has ended meanwhile
                if b"steadyvoice.gateways.speechd" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        return 0

    def reload(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def spd_say(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["spd-say", *words], env=self.env, capture_output=True, text=True, timeout=60)

    def client(self, script: str, *arguments: str) -> Any:
        """Run a script with the real Python client; returns what it prints as JSON."""
        done = subprocess.run(
            ["/usr/bin/python3", "-c", _PRELUDE + script, *arguments], env=system(self.env), capture_output=True,
            text=True, timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None


def system(env: Mapping[str, str]) -> dict[str, str]:
    """For programs of the system's own Python."""
    return {key: value for key, value in env.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "COVERAGE"))}


_PRELUDE = """
import json, sys, threading, time
import speechd
client = speechd.SSIPClient("test", autospawn=False)
client.set_output_module("steadyvoice")
events, changed = [], threading.Condition()
def on(kind, index_mark=None):
    with changed:
        events.append(index_mark or kind)
        changed.notify_all()
def until(*kinds, seconds=30):
    with changed:
        assert changed.wait_for(lambda: any(kind in events for kind in kinds), seconds), events
def speak(text, ssml=False):
    client.set_data_mode(speechd.DataMode.SSML if ssml else speechd.DataMode.TEXT)
    client.speak(text, callback=on)
def done():
    client.close()
    print(json.dumps(events))
"""


@contextmanager
def server(daemon: Daemon, home: Path, *, default: bool = True) -> Iterator[Server]:
    """A running server, of which the module speaks through the daemon."""
    made = Server(daemon.env, home)
    installed = made.svctl("speechd", "install", *(["--default"] if default else []))
    assert installed.returncode == 0, installed.stderr
    try:
        yield made.start()
    finally:
        made.stop()
