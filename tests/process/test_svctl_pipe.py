"""``svctl speak -``: text from a pipe, as it arrives, and Ctrl-C."""

import fcntl
import json
import os
import re
import signal
import subprocess
import termios
from typing import Any

import pytest
from support.daemon import Daemon, eventually
from support.svctl import SVCTL, TALE, events

CONFIGURATION = 'audio.device = "null"\n'


class Pipe:
    """``svctl speak -`` with a writer."""

    def __init__(self, daemon: Daemon, *options: str) -> None:
        self.process = subprocess.Popen(
            [SVCTL, "speak", "-", "--json", *options],
            env=daemon.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def write(self, data: bytes) -> None:
        """Write and wait until the text was read."""
        pipe = self.process.stdin
        assert pipe is not None
        pipe.write(data)
        pipe.flush()
        eventually(lambda: fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4) == b"\0" * 4)

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, events(out.decode()), err.decode()


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"Caf\xc3", b"\xa9 au lait.\n", b"\xe2", b"\x82", b"\xac", b" five."], "Café au lait.\n€ five."),
        ([b"It ends in the middle: \xe2\x82"], "It ends in the middle: \ufffd"),
        ([b"One line.\r\nTwo lines.\r", b"\nThree lines.\r\n"], "One line.\r\nTwo lines.\r\nThree lines.\r\n"),
        ([b"A zero\0 byte, and\x1b[1m more.\n"], "A zero\0 byte, and\x1b[1m more.\n"),
        ([b"No newline at the end"], "No newline at the end"),
    ],
)
def test_text_from_a_pipe_is_spoken(daemon: Daemon, pieces: list[bytes], text: str) -> None:
    pipe = Pipe(daemon, "-o", os.devnull)
    for piece in pieces:
        pipe.write(piece)
    status, received, says = pipe.end()
    assert status == 0
    assert ("iconv" in says) == ("\ufffd" in text)
    assert (received[-1]["reason"], received[-1]["heard_chars"]) == ("done", len(text))
    for mark in received[2:-1]:
        assert re.fullmatch(r"\S+", text[mark["start"] : mark["end"]])


@pytest.mark.usefixtures("silent")
def test_a_line_longer_than_the_pipe_buffer(daemon: Daemon) -> None:
    pipe = Pipe(daemon)
    pipe.write(b"and so on " * 15_000)
    pipe.process.send_signal(signal.SIGINT)
    status, received, says = pipe.end()
    assert (status, says) == (130, "")
    assert received[-1]["reason"] == "cancelled"


@pytest.mark.usefixtures("silent")
def test_ctrl_c_with_an_endless_pipe(daemon: Daemon) -> None:
    """``tail -f log | svctl speak -``: queued text is cancelled, and how much was heard is reported."""
    pipe = Pipe(daemon)
    pipe.write(b"The first line is here. " + TALE.encode() + b"\n")
    assert pipe.process.stdout is not None
    received = [json.loads(pipe.process.stdout.readline()) for _ in range(3)]
    pipe.process.send_signal(signal.SIGINT)
    status, more, says = pipe.end()
    assert (status, says) == (130, "")
    assert [event["type"] for event in received] == ["queued", "started", "mark"]
    assert more[-1]["reason"] == "cancelled"
    assert more[-1]["heard_chars"] < len(TALE)


def test_ctrl_c_is_ignored_in_the_background(daemon: Daemon) -> None:
    """As a shell starts a background job."""
    script = f"trap '' INT HUP; exec '{SVCTL}' speak - -o /dev/null --json"
    command = ["bash", "-c", script]
    with subprocess.Popen(command, env=daemon.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["type"] == "queued"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        process.stdin.write(b"It goes on.")
        process.stdin.close()
        assert events(process.stdout.read().decode())[-1]["reason"] == "done"
    assert process.returncode == 0
