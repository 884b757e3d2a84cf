"""Blocks of live sound: numbered without a gap, at the sink's pace, whatever the source and the sink's clock do."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from support.live_session import BLOCK, RATE, SECOND, Session, Sink

from steadyvoice.workers.live import signals
from steadyvoice.workers.live.live_input import Block, InputStatus, LiveInput
from steadyvoice.workers.live.naming import source_of
from steadyvoice.workers.live.null_microphone import NullMicrophone
from steadyvoice.workers.live.sources import Transfer
from steadyvoice.workers.playback.naming import NoDevice

NOISE = signals.noise(0)


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.live.close()


def test_a_signal_keeps_the_sinks_pace_and_every_bit(session: Session) -> None:
    session.open("noise")
    session.run(10)
    np.testing.assert_array_equal(session.sound, NOISE(0, len(session.sound)))
    assert len(session.sound) == pytest.approx(10 * RATE, abs=2 * BLOCK)
    captured = np.array([block.captured_ns - block.start * SECOND // RATE for block in session.blocks])
    assert np.abs(captured - SECOND).max() <= SECOND // RATE
    status = session.live.status()
    assert status._replace(level_db=-12.0) == InputStatus("noise", RATE, 1, "", False, 0.0, 0.0, -12.0, 0, 0, 0)
    assert status.level_db == pytest.approx(-12.04, abs=0.01)


def test_a_microphone_with_the_sinks_clock_is_copied(session: Session) -> None:
    session.open("null:signal=noise")
    session.run(120)
    np.testing.assert_array_equal(session.sound, NOISE(0, len(session.sound)))
    assert not session.live.status().resampled


@pytest.mark.parametrize("ppm", [100, -300])
def test_a_microphone_with_another_clock(session: Session, ppm: int) -> None:
    session.open(f"null:ppm={ppm},signal=tone:997")
    session.run(180)
    status = session.live.status()
    assert status.resampled
    assert (status.corrections, status.slips, status.overflows) == (0, 0, 0)
    assert status.ppm == pytest.approx(ppm, abs=1)
    assert status.ppm_sd <= 1
    sound = session.sound
    assert len(sound) == pytest.approx(180 * RATE, abs=256 + 2 * BLOCK)
    curve = 2 * np.cos(2 * np.pi * 997 / RATE)
    assert np.abs(sound[2:] - curve * sound[1:-1] + sound[:-2]).max() < 1e-4, "a step"
    captured = np.array([block.captured_ns - (block.start * SECOND) // RATE for block in session.blocks[5000:]])
    assert np.ptp(captured) < SECOND / 1000, "the true time: this device's clock does not jitter"


def test_a_file_ends_with_a_whole_block(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, NOISE(0, 1000), RATE, subtype="FLOAT")
    live = session.open(str(path))
    session.run(0.1)
    assert live.is_over
    np.testing.assert_array_equal(session.sound, np.pad(NOISE(0, 1000), (0, 24)))


def test_of_a_pipe_without_a_writer_comes_silence(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    session.open(str(path))
    session.run(1)
    assert len(session.sound) == pytest.approx(RATE, abs=2 * BLOCK)
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, NOISE(0, 16_000).tobytes())
    session.run(1)
    os.close(writer)
    session.run(1)
    sound = session.sound
    assert len(sound) == pytest.approx(3 * RATE, abs=2 * BLOCK)
    start = int(np.flatnonzero(sound)[0])
    np.testing.assert_array_equal(sound[start : start + 16_000], NOISE(0, 16_000))
    assert not sound[start + 16_000 :].any()


def test_a_pipes_writer_in_real_time_is_heard_without_a_gap(session: Session, tmp_path: Path) -> None:
    """It writes 10 ms each 10 ms, and may be late once: that is then made up for by silence."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    session.open(str(path))
    session.run(0.5037)
    writer = os.open(path, os.O_WRONLY)
    start_ns = session.now_ns
    for at in range(200):
        os.write(writer, NOISE(at * 480, 480).tobytes())
        session.run((start_ns + (at + 1) * SECOND // 100 - session.now_ns) / 1e9)
    os.close(writer)
    sound = session.sound
    at = int(np.flatnonzero(sound == NOISE(60_000, 1)[0])[0])
    np.testing.assert_array_equal(sound[at : at + 30_000], NOISE(60_000, 30_000))


def test_not_a_number_becomes_silence(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    sound = NOISE(0, 1024)
    sound[[100, 200, 300]] = [np.nan, np.inf, -np.inf]
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    session.open(str(path))
    session.run(0.1)
    assert not session.sound[[100, 200, 300]].any()
    np.testing.assert_array_equal(session.sound[301:], sound[301:])


class Unplugged(NullMicrophone):
    """Lost from one time to another."""

    def __init__(self, gone: tuple[int, int], now: Session) -> None:
        super().__init__("usb", 0, signals.tone(997))
        self.gone, self._now = gone, now

    def open(self, index: int) -> None:
        if self.gone[0] <= self._now.now_ns < self.gone[1]:
            raise NoDevice("it is gone")
        super().open(index)

    def poll(self, now_ns: int, due: int) -> Transfer:
        if self.gone[0] <= now_ns < self.gone[1]:
            raise NoDevice("it is lost")
        return super().poll(now_ns, due)


def test_a_lost_microphone_is_silent_and_comes_back(session: Session) -> None:
    live = session.open(Unplugged((3 * SECOND, 5 * SECOND), session))
    session.run(2.5)
    assert live.status().problem == "it is gone"
    session.run(3.5)
    assert live.status().problem == ""
    sound = session.sound
    assert len(sound) == pytest.approx(6 * RATE, abs=2 * BLOCK)
    assert not sound[int(2.1 * RATE) : int(3.9 * RATE)].any()
    back = sound[int(4.3 * RATE) :]
    curve = 2 * np.cos(2 * np.pi * 997 / RATE)
    assert np.abs(back[2:] - curve * back[1:-1] + back[:-2]).max() < 1e-4
    assert np.abs(back).max() == pytest.approx(signals.PEAK, abs=1e-3)
    assert live.status().corrections == 0


class Slow(NullMicrophone):
    """It gives nothing in the first two seconds after it was opened."""

    def __init__(self) -> None:
        super().__init__("slow", 0, signals.noise(0))
        self._first_ns = 0

    def poll(self, now_ns: int, due: int) -> Transfer:
        self._first_ns = self._first_ns or now_ns
        if now_ns - self._first_ns < 2 * SECOND:
            return Transfer(NOISE(0, 0), now_ns)
        return super().poll(now_ns, due)


def test_a_microphone_that_gives_nothing_is_silent(session: Session) -> None:
    live = session.open(Slow())
    session.run(1.9)
    assert len(session.sound) == pytest.approx(1.9 * RATE, abs=2 * BLOCK)
    assert not session.sound.any()
    session.run(4)
    sound = session.sound
    assert len(sound) == pytest.approx(5.9 * RATE, abs=2 * BLOCK)
    start = int(np.flatnonzero(sound)[0]) - 1
    assert start == pytest.approx(2 * RATE, abs=2 * BLOCK)
    np.testing.assert_array_equal(sound[start + 1000 :], NOISE(1000, len(sound) - start - 1000))
    assert live.status().corrections == 0


@pytest.mark.parametrize("source", ["null:signal=tone:997", "tone:997"])
def test_while_the_sink_stands_still_nothing_is_handed_on(session: Session, source: str) -> None:
    session.sink.stops = [(4 * SECOND, 9 * SECOND)]
    live = session.open(source)
    session.run(13)
    assert len(session.sound) == pytest.approx(8 * RATE, abs=2 * BLOCK)
    assert live.status().corrections <= 1
    assert np.abs(np.diff(session.sound)).max() < 0.05


@pytest.mark.parametrize("gap_s", [0.05, 0.3])
def test_a_signals_replacement_leaves_nothing_out(session: Session, gap_s: float) -> None:
    session.open("noise")
    session.run(2)
    last = session.blocks[-1]
    session.now_ns += int(gap_s * 1e9)
    session.open("noise", (last.start + BLOCK, last.captured_ns))
    session.run(2)
    np.testing.assert_array_equal(session.sound, NOISE(0, len(session.sound)))
    assert len(session.sound) == pytest.approx((4 + gap_s) * RATE, abs=2 * BLOCK)


@pytest.mark.parametrize("gap_s", [0.05, 0.4])
def test_a_microphones_replacement_makes_up_for_the_gap(session: Session, gap_s: float) -> None:
    session.open("null:signal=tone:997")
    session.run(2)
    last = session.blocks[-1]
    session.now_ns += int(gap_s * 1e9)
    live = session.open("null:signal=tone:997", (last.start + BLOCK, last.captured_ns))
    session.run(2)
    assert len(session.sound) == pytest.approx((4 + gap_s) * RATE, abs=3 * BLOCK)
    assert live.status().corrections == 1


@pytest.mark.parametrize(("source", "made_up_s"), [("noise", 0.512), ("null:signal=noise", 0.512 + 0.5)])
def test_a_process_that_was_stopped_makes_up_for_half_a_second(session: Session, source: str, made_up_s: float) -> None:
    """Of five. The microphone itself keeps half a second more."""
    session.open(source)
    session.run(1)
    session.now_ns += 5 * SECOND
    session.run(1)
    if source == "noise":
        np.testing.assert_array_equal(session.sound, NOISE(0, len(session.sound)))
    assert len(session.sound) == pytest.approx((2 + made_up_s) * RATE, abs=2 * BLOCK)
    assert session.live.status().corrections == 1


def test_it_opens_only_what_is_there(session: Session) -> None:
    session.now_ns = 4 * SECOND
    with pytest.raises(NoDevice, match="it is gone"):
        session.open(Unplugged((3 * SECOND, 5 * SECOND), session))
    assert session.live.step(session.now_ns) == []
    assert session.live.status().level_db == -120


@given(
    st.sampled_from(["noise", "null:signal=noise", "null:ppm=700"]),
    st.lists(st.tuples(st.floats(0, 0.7), st.booleans()), max_size=30),
)
def test_blocks_are_numbered_without_a_gap(source: str, pauses: list[tuple[float, bool]]) -> None:
    """Whenever ``step`` is called, and whether or not the sink plays meanwhile; none is from the future."""
    session = Session()
    session.open(source)
    for pause_s, plays in pauses:
        start_ns = session.now_ns
        session.now_ns += int(pause_s * 1e9)
        if not plays:
            session.sink.stops.append((start_ns, session.now_ns))
        session.run(0.05)
        assert all(block.captured_ns <= session.now_ns for block in session.blocks)
    session.run(5)
    if session.blocks:
        played = session.sink.position(session.now_ns) - session.sink.position(SECOND)
        assert len(session.sound) <= played + 3 * BLOCK


def test_real_time() -> None:
    live = LiveInput(source_of("noise"), Sink())
    live.open(time.monotonic_ns())
    blocks: list[Block] = []
    while len(blocks) < 20:
        blocks += live.step(time.monotonic_ns())
        time.sleep(live.sleep_s)
    np.testing.assert_array_equal(np.concatenate([each.samples for each in blocks]), NOISE(0, BLOCK * len(blocks)))
