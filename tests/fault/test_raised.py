"""Any exception of a plugin during speech or conversion fails one utterance, with one line; no stage ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import plugins
from support.daemon import Daemon, configured

from steadyvoice.client import UtteranceFailed

WHERE = ["generate", "generator-step", "push", "finish", "process", "converter-finish"]

RAISED = {
    "EOFError()": "EOFError",
    "LookupError('x')": "LookupError: x",
    "KeyError('x')": "KeyError: 'x'",
    "GeneratorExit()": "GeneratorExit",
    "TimeoutError()": "TimeoutError",
    "BrokenPipeError(32, 'Broken pipe')": "Broken pipe",
    "OSError(5, 'Input/output error', '/x')": "Input/output error: /x",
    "OSError()": "OSError",
    "RecursionError('deep')": "RecursionError: deep",
    "MemoryError()": "MemoryError",
    "SystemExit(0)": "SystemExit: 0",
    "SystemExit('a\\nb')": "SystemExit: a b",
    "KeyboardInterrupt()": "KeyboardInterrupt",
    "asyncio.CancelledError()": "CancelledError",
    "BaseException('x')": "BaseException: x",
    "AssertionError()": "AssertionError",
    "StopIteration()": "StopIteration",
    "Mute()": "Mute: its message cannot be read: ValueError",
    "MuteExit()": "MuteExit: its message cannot be read: SystemExit",
    "ValueError('one\\ntwo\\x1b[31m\\0' + 'x' * 1_000_000)": "ValueError: one two\\x1b[31m\\x00xxx",
    "ValueError('\\udc80')": "ValueError: \\udc80",
    "type('a\\nb', (Exception,), {})('x')": "a b: x",
}
"""Exceptions, each with a part of its one-line message."""

CODE = f"""
import asyncio
class Mute(Exception):
    def __str__(self): raise ValueError
class MuteExit(Exception):
    def __str__(self): raise SystemExit
RAISED = {list(RAISED)!r}
def trip(where, number):
    if int(number) // 100 == WHERE.index(where):
        raise eval(RAISED[int(number) % 100])
WHERE = {WHERE!r}
"""

ENGINE = (
    CODE
    + """
class Half:
    def __init__(self): self.number = -1
    def push(self, frames):
        self.number = frames[-1, 0] - 1
        trip("push", self.number)
        return np.full(2400 * len(frames), (self.number + 1) / 4096, np.float32)
    def finish(self):
        trip("finish", self.number)
        return np.zeros(0, np.float32)
def generate(self, text, voice, rate, *, more):
    number = int(text.split()[0])
    trip("generate", number)
    def steps():
        yield np.full((1, 1), number + 1, np.float32)
        trip("generator-step", number)
    return steps()
def vocoder(self, voice, downstream):
    return Half()
Plugin.generate, Plugin.vocoder = generate, vocoder
"""
)

CONVERTERS = (
    CODE
    + """
class Tripping(Stream):
    number = -1
    def process(self, pcm):
        if len(pcm):
            self.number = round(float(pcm[-1]) * 4096) - 1
        trip("process", self.number)
        return pcm
    def finish(self):
        trip("converter-finish", self.number)
        return np.zeros(0, np.float32)
def open(self, name, rate, pitch, formant, ahead):
    return Tripping(rate)
Plugin.open = open
"""
)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    place = tmp_path_factory.mktemp("raising")
    plugins.install(place, "engines", "raising", ENGINE)
    plugins.install(place, "converters", "tripping", CONVERTERS)
    lines = 'engines = ["hibari", "raising"]\nconverters = ["shift", "tripping"]\naudio.device = "null"\n'
    lines += 'models.preload = ["raising", "tripping"]\n'
    with configured(place, cache, lines, PYTHONPATH=str(place)) as daemon:
        yield daemon
        assert "Traceback" not in daemon.log


@pytest.mark.parametrize("where", WHERE)
def test_an_exception_fails_one_utterance(daemon: Daemon, where: str) -> None:
    before = daemon.pids("raising")
    with daemon.client() as client:
        for number, line in enumerate(RAISED.values()):
            text = f"{WHERE.index(where) * 100 + number} is said"
            with pytest.raises(UtteranceFailed) as failed:
                b"".join(block.tobytes() for block in client.stream(text, voice="raising", converter="tripping"))
            assert failed.value.code == "stage_failed"
            assert line in str(failed.value)
            assert str(failed.value).isprintable()
            assert len(str(failed.value)) < 700
        assert sum(map(len, client.stream("Hello there."))) > 12000
        assert [*client.stream("999 is said", voice="raising", converter="tripping")]
    assert daemon.pids("raising") == before


@pytest.mark.parametrize(("attribute", "converter"), [("vocoder", ""), ("open", "once")])
def test_an_exception_at_the_beginning_fails_one_utterance(
    tmp_path: Path, cache: Path, attribute: str, converter: str
) -> None:
    """``vocoder`` and ``open`` raise only after the warm-up."""
    group = "converters" if converter else "engines"
    code = f"""{CODE}
calls, good = 0, Plugin.{attribute}
def fail(self, *args):
    global calls
    calls += 1
    if {attribute == "vocoder"} and calls == 1: return good(self, *args)
    raise eval(RAISED[calls % (len(RAISED))])
Plugin.{attribute} = fail
"""
    plugins.install(tmp_path, group, "once", code)
    engines, families = (["once"], []) if group == "engines" else ([], ["once"])
    settings = f'engines = {["hibari", *engines]}\nconverters = {["shift", *families]}\naudio.device = "null"\n'
    settings += f"models.preload = {[*engines, *families]}\n"
    with configured(tmp_path, cache, settings, PYTHONPATH=str(tmp_path)) as daemon, daemon.client() as client:
        before = daemon.pids(*engines)
        for _ in RAISED:
            with pytest.raises(UtteranceFailed):
                [*client.stream("one", voice=(["heart", *engines])[-1], converter=converter)]
        assert sum(map(len, client.stream("Hello there."))) > 12000
        assert daemon.pids(*engines) == before
