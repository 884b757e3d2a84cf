"""Spiel's values and its stream."""

import asyncio
import fcntl
import math
import os
import struct

import pytest

from steadyvoice.gateways.spiel import encoding
from steadyvoice.gateways.spiel.pipe import Pipe
from steadyvoice.ipc.messages import Mark, VoiceInfo


@pytest.mark.parametrize(
    ("spiel", "ours"),
    [(1.0, 1.0), (0.1, 0.5), (10.0, 2.0), (0.0, 0.5), (100.0, 2.0), (-1.0, 0.5), (math.nan, 1.0), (math.inf, 1.0)],
)
def test_rate(spiel: float, ours: float) -> None:
    assert encoding.rate(spiel) == pytest.approx(ours)


def test_each_step_of_a_rate_is_heard() -> None:
    rates = [encoding.rate(step / 10) for step in range(1, 101)]
    assert rates == sorted(set(rates))


@pytest.mark.parametrize(
    ("spiel", "ours"), [(1.0, 0.0), (0.0, -12.0), (2.0, 12.0), (1.5, 6.0), (9.0, 12.0), (-3.0, -12.0), (math.nan, 0.0)]
)
def test_pitch(spiel: float, ours: float) -> None:
    assert encoding.pitch(spiel) == pytest.approx(ours)


def test_a_voice() -> None:
    anna = VoiceInfo("anna", "de-DE", 22050, "MIT", True, "piper", False)
    heart = VoiceInfo("heart", "en-US", 24000, "Apache-2.0", True, "hibari", True)
    audio = "audio/x-spiel,format=S16LE,channels=1,rate={}"
    assert encoding.voice(anna) == ("anna", "anna", audio.format(22050), 0x330C9, ["de-DE"])
    assert encoding.voice(heart) == ("heart", "heart", audio.format(24000), 0x336F9, ["en-US"])


def test_the_stream() -> None:
    assert encoding.HEADER == b"0.01"
    assert encoding.audio(b"abcd") == b"\x01" + struct.pack("=I", 4) + b"abcd"
    word = encoding.event(Mark(1, 6, 11, 0.5))
    assert word == b"\x02\x01" + struct.pack("=III", 6, 11, 0)
    mark = encoding.event(Mark(1, 6, 26, 0.5, "hör"))
    assert mark == b"\x02\x04" + struct.pack("=III", 6, 26, 4) + "hör".encode()


def test_a_pipe_is_written_as_it_is_read() -> None:
    data = os.urandom(300_000)

    async def main() -> None:
        reading, writing = os.pipe()
        room = fcntl.fcntl(writing, fcntl.F_GETPIPE_SZ)
        pipe = Pipe(writing)
        task = asyncio.create_task(pipe.write(data))
        read = b""
        while len(read) < len(data):
            await asyncio.sleep(0)
            assert not task.done() or len(data) - len(read) <= room
            read += os.read(reading, 10_000)
        assert read == data
        await task
        task = asyncio.create_task(pipe.write(data))
        await asyncio.sleep(0)
        os.close(reading)
        with pytest.raises(BrokenPipeError):
            await task
        pipe.close()

    asyncio.run(main())
