"""Live sound on the device: nothing is lost or put in while all are in time, and every lateness is heard as a fade."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.matrix import examples

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.workers.playback.fade import Samples
from steadyvoice.workers.playback.live_sound import GUARD, MARGIN, MAX_BACKLOG, STARVED_SAMPLES, LiveSound

START = 10 * LIVE_BLOCK
RATE = 48000


class Input:
    """The input's history, and the converter's blocks, which may come later or never."""

    def __init__(self, signal: Samples, latency: int = 0) -> None:
        self.signal, self.written, self.latency = signal, START, latency
        self.blocks: deque[tuple[int, Samples]] = deque()

    def read(self, start: int, count: int) -> bytes | None:
        return self.signal[start : start + count].tobytes() if 0 <= start <= self.written - count else None

    def capture(self, *, converted: bool = True) -> None:
        if converted:
            self.convert(self.written)
        self.written += LIVE_BLOCK

    def convert(self, index: int, gain: float = 1.0) -> None:
        delayed = self.signal[index - self.latency : index - self.latency + LIVE_BLOCK]
        self.blocks.append((index, delayed * np.float32(gain)))

    def peek(self) -> tuple[int, Samples] | None:
        return self.blocks[0] if self.blocks else None

    def release(self) -> None:
        self.blocks.popleft()

    drop = release


class Device:
    """A sound device with a buffer of 10 ms that is filled as the output stage does it."""

    def __init__(self, source: Input) -> None:
        self.source = source
        self.live = LiveSound(source, source, lambda: source.latency, START)
        self.left = 0.0
        self.underruns = 0
        self.played: list[Samples] = []

    def run(self, samples: float) -> None:
        """Let time pass, in steps of a millisecond at most."""
        while samples > 0:
            step = min(samples, 48.0)
            samples -= step
            self.left -= step
            if self.left < 0 and self.played:
                self.underruns += 1
            self.left = max(0.0, self.left)
            while self.live.is_on(int(self.left)) and (space := 480 - int(self.left)) > 0:
                count = self.live.due(int(self.left), space)
                if not count:
                    break
                self.played.append(self.live.take(count))
                self.left += count

    @property
    def sound(self) -> Samples:
        return np.concatenate(self.played)


def noise(blocks: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-1, 1, blocks * LIVE_BLOCK).astype(np.float32)


def tone(blocks: int) -> Samples:
    at = np.arange(blocks * LIVE_BLOCK, dtype=np.float32) - np.float32(START)
    signal: Samples = (np.sin(2 * np.pi * 100 / RATE * at) / 2).astype(np.float32)
    return signal


def play(device: Device, blocks: int, converted: bool = True) -> None:
    for _ in range(blocks):
        device.source.capture(converted=converted)
        device.run(LIVE_BLOCK)


def test_blocks_in_time_are_played_bit_for_bit_after_the_margin() -> None:
    source = Input(noise(200))
    device = Device(source)
    play(device, 100)
    assert not device.sound[:MARGIN].any()
    heard = device.sound[MARGIN:]
    assert np.array_equal(heard, source.signal[START : START + len(heard)])
    assert len(heard) > 98 * LIVE_BLOCK
    live = device.live
    assert (live.times_dry, live.lost, live.inserted, device.underruns) == (0, 0, 0, 0)


def test_a_device_with_a_large_buffer_is_kept_full() -> None:
    source = Input(noise(200))
    live = LiveSound(source, source, lambda: 0, START, lambda: 1920)
    source.capture()
    assert live.is_on(0)
    assert live.due(0, 1920) == 1920 - LIVE_BLOCK
    assert live.guard == GUARD + 1920 - LIVE_BLOCK - MARGIN


def test_without_a_converter_the_input_is_heard_and_bypass_shows_no_difference() -> None:
    source = Input(noise(200))
    device = Device(source)
    play(device, 20)
    play(device, 20, converted=False)
    assert device.live.is_dry
    source.convert(source.written)  # it is back, with the block to come
    source.written += LIVE_BLOCK
    device.run(LIVE_BLOCK)
    play(device, 20)
    heard = device.sound[MARGIN:]
    assert np.array_equal(heard, source.signal[START : START + len(heard)])
    assert (device.live.times_dry, device.live.is_dry, device.live.lost, device.live.inserted) == (1, False, 0, 0)
    assert not device.underruns


def test_dry_sound_is_as_late_as_converted_sound() -> None:
    source = Input(noise(200), latency=700)
    device = Device(source)
    play(device, 20)
    play(device, 20, converted=False)
    heard = device.sound[MARGIN:]
    assert np.array_equal(heard, source.signal[START - 700 : START - 700 + len(heard)])


def test_an_input_that_stops_is_silence_and_goes_on_at_the_next_sample() -> None:
    source = Input(noise(200))
    device = Device(source)
    play(device, 20)
    device.run(20 * LIVE_BLOCK)
    before = device.live.next
    assert before == source.written
    inserted = device.live.inserted
    assert 17 * LIVE_BLOCK < inserted < 21 * LIVE_BLOCK
    play(device, 20)
    assert device.live.next > before + 17 * LIVE_BLOCK
    assert (device.live.lost, device.underruns) == (0, 0)
    assert np.array_equal(device.sound[-2000:], source.signal[device.live.next - 2000 : device.live.next])


def test_a_delay_that_was_heard_once_is_not_heard_again() -> None:
    device = Device(Input(noise(4200)))
    play(device, 20)
    inserted = []
    for _ in range(2):
        device.run(LIVE_BLOCK - 50)  # the block comes so much later, and the ones after it in time
        device.source.capture()
        device.run(50)
        play(device, 2000)
        inserted.append(device.live.inserted)
    assert 0 < inserted[0] == inserted[1] < LIVE_BLOCK
    assert device.live.lost == 0


def test_a_device_that_stood_still_drops_what_is_too_late() -> None:
    source = Input(noise(400))
    device = Device(source)
    play(device, 20)
    for _ in range(50):
        source.capture()
    play(device, 20)
    assert device.live.lost > 46 * LIVE_BLOCK
    backlog = source.written - device.live.next + device.left
    assert backlog <= MAX_BACKLOG
    assert np.array_equal(device.sound[-2000:], source.signal[device.live.next - 2000 : device.live.next])


def test_without_input_for_long_the_device_is_not_kept_open() -> None:
    source = Input(noise(400))
    device = Device(source)
    assert not device.live.is_on(0)
    play(device, 3)
    device.run(STARVED_SAMPLES + 10 * LIVE_BLOCK)
    assert not device.live.is_on(0)
    source.capture()
    assert device.live.is_on(0)
    assert device.live.due(0, 480) == MARGIN - 32, "again with the margin"


def test_a_session_ends_with_a_fade() -> None:
    device = Device(Input(tone(200)))
    play(device, 20)
    device.live.end()
    device.run(LIVE_BLOCK)
    assert not device.live.is_on(0)
    steps = np.abs(np.diff(device.sound))
    assert steps.max() < 0.5 * 2 * np.pi * 100 / RATE + 0.5 * np.pi / 240
    assert abs(device.sound[-1]) < 1e-3


@pytest.mark.parametrize("converter_is_back_after", [1, 2, 7])
def test_sound_that_changes_between_converted_and_dry_has_no_steps(converter_is_back_after: int) -> None:
    source = Input(tone(200))
    device = Device(source)
    for block in range(60):
        late = block % 20 < converter_is_back_after
        if not late:
            source.convert(source.written, gain=-1.0)
        source.capture(converted=False)
        device.run(LIVE_BLOCK)
    assert device.live.times_dry == 3
    steps = np.abs(np.diff(device.sound))
    assert steps.max() < 0.5 * 2 * np.pi * 100 / RATE + 2 * 0.5 * np.pi / 240, "that of the tone and of a fade of 5 ms"


events_of_blocks = st.tuples(st.integers(0, 3000), st.sampled_from(["in time", "late", "never"]))


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(events_of_blocks, min_size=1, max_size=60))
def test_any_lateness_is_counted_and_heard_without_steps(events: list[tuple[int, str]]) -> None:
    source = Input(tone(400))
    device = Device(source)
    waiting: list[int] = []
    for delay, converter in events:
        for index in waiting:
            source.convert(index)
        waiting = [source.written] if converter == "late" else []
        source.capture(converted=converter == "in time")
        device.run(delay)
    device.run(96)
    live = device.live
    taken = sum(map(len, device.played))
    silence = taken - (live.next - START - live.lost) - live.inserted
    older = LIVE_BLOCK * (len(events) - 1)  # blocks captured before the device began: it begins with the newest
    assert -older <= silence <= MARGIN * len(events)
    assert live.next <= source.written
    heard = np.trim_zeros(device.sound, "f") if taken else np.zeros(0)
    if len(heard) > 1:
        steps = np.abs(np.diff(heard))
        assert steps.max() < 0.5 * 2 * np.pi * 100 / RATE + 3 * 0.5 * np.pi / 240
    assert source.written - live.next + device.left <= MAX_BACKLOG + GUARD
