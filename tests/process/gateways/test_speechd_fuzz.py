"""Whatever arrives at the module's input, it is answered or nothing happens; the module goes on."""

import random

import pytest
from support.daemon import Daemon, eventually, idle
from support.matrix import only
from support.speechd import Module, events
from support.svctl import LIGHT

CONFIGURATION = LIGHT
WORDS = [
    "SPEAK", "CHAR", "KEY", "SOUND_ICON", "SET", "AUDIO", "LOGLEVEL", "STOP", "PAUSE", "LIST VOICES", "LIST",
    "DEBUG OFF", "DEBUG", "DEBUG ON", "INIT", "", ".", "..", ". ", "rate=7", "rate=", "=", "language=xx",
    "synthesis_voice=\u00fc",
    "<speak>", '<speak><mark name="a"/>0/0/5</speak>', "0/0/5", "</", "&#0;", "\0", "\ufffe", "a" * 5000, "speak",
    "audio_output_method=server", "voice=male1", "301 ERROR", "702 END", "\u202e",
]  # fmt: skip


def lines(seed: int, count: int) -> list[bytes]:
    chooser = random.Random(seed)
    made = []
    for _ in range(count):
        line = chooser.choice(WORDS).encode()
        if chooser.random() < 0.1:
            line = bytes(chooser.randrange(256) for _ in range(chooser.randrange(40))).replace(b"QUIT", b"")
        made.append(line + b"\n")
    return made


@pytest.mark.parametrize(("seed", "count"), only(lambda seed, count: count == 500, [(1, 500), (2, 10_000)]))
def test_any_lines_leave_the_module_working(daemon: Daemon, seed: int, count: int) -> None:
    made = Module(daemon.env)
    chooser = random.Random(seed)
    for line in lines(seed, count):
        made.send(line)
        if chooser.random() < 0.05:
            made.send(b"\n.\n")
    made.send(b"\n.\n.\nSTOP\nDEBUG ON /no/such/folder/log\n")
    made.skip_to("303 CANT OPEN CUSTOM DEBUG FILE")  # the answer to nothing else
    assert events(made.said("0/0/5")) == "BEGIN END"
    codes = {line[:3] for line in made.lines}
    assert codes <= {
        "200", "202", "203", "207", "299", "300", "301", "302", "303", "305", "700", "701", "702", "703", "704"
    }  # fmt: skip
    begun = False
    for answer in made.lines:
        if answer.startswith("701"):
            assert not begun
            begun = True
        elif answer.startswith(("702", "703", "704")):
            assert begun
            begun = False
    eventually(lambda: idle(daemon.status()))
    assert made.close() == 0
