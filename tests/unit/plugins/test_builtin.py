"""Built-in plugins: what they do to the sound, and that their declared latency is the measured one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.live_plugins import BLOCK, Samples
from support.plugins import install

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.plugins import load, opening, trials
from steadyvoice.workers.plugins.aligned import Aligned, Framed
from steadyvoice.workers.plugins.background import AtRate, Background, TooSlow
from steadyvoice.workers.plugins.biquad import Biquad, high_pass, low_pass
from steadyvoice.workers.plugins.guard import Guarded
from steadyvoice.workers.plugins.plugin import Plugin

RATE = 48000


def opened(name: str, **values: object) -> tuple[Plugin, int]:
    found = load.find(name)
    return opening.open_plugin(found, opening.values_of(found, values), RATE, BLOCK)


def played(plugin: Plugin, sound: Samples) -> Samples:
    return np.concatenate([plugin.process(block.copy()).copy() for block in sound.reshape(-1, BLOCK)])


def tone(hz: float, blocks: int = 100) -> Samples:
    return np.sin(2 * np.pi * hz * np.arange(blocks * BLOCK) / RATE).astype(np.float32)


def level(sound: Samples) -> float:
    """Decibels of the second half of the sound, against a full-scale sine."""
    return float(10 * np.log10(2 * np.mean(sound[len(sound) // 2 :].astype(np.float64) ** 2)))


@pytest.mark.parametrize("design", [low_pass, high_pass])
@pytest.mark.parametrize(("hz", "q"), [(20.0, 0.7), (800.0, 0.7), (800.0, 10.0), (19000.0, 0.1)])
def test_a_filter_is_the_recursion(design: Callable[..., tuple[tuple[float, ...], tuple[float, ...]]], hz: float,
                                   q: float) -> None:  # fmt: skip
    b, a = design(hz, q, RATE)
    noise = np.random.default_rng(1).standard_normal(6 * BLOCK).astype(np.float32)
    wanted, x1, x2, y1, y2 = [], 0.0, 0.0, 0.0, 0.0
    for x in noise.tolist():
        y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2
        wanted.append(y)
        x1, x2, y1, y2 = x, x1, y, y1
    biquad = Biquad(BLOCK)
    biquad.set(b, a)  # type: ignore[arg-type]
    assert played(biquad, noise) == pytest.approx(np.array(wanted), abs=1e-6)


def test_a_filter_that_was_not_set_passes_all() -> None:
    noise = np.random.default_rng(1).standard_normal(BLOCK).astype(np.float32)
    assert np.array_equal(Biquad(BLOCK).process(noise), noise)
    with pytest.raises(ValueError, match="no multiple of 32"):
        Biquad(100)


@pytest.mark.parametrize(
    ("name", "values", "hz", "wanted"),
    [
        ("lowpass", {"hz": 1000}, 100, 0.0), ("lowpass", {"hz": 1000}, 1000, -3.01),
        ("lowpass", {"hz": 1000}, 4000, -24.5),
        ("highpass", {"hz": 1000}, 250, -24.1), ("highpass", {"hz": 1000}, 1000, -3.01), ("highpass", {}, 5000, 0.0),
        ("lowpass", {"hz": 1000, "q": 2}, 1000, 6.02),
        ("gain", {"db": -12}, 440, -12.0), ("gain", {"db": 6}, 440, 6.0),
    ],
)  # fmt: skip
def test_levels(name: str, values: dict[str, object], hz: float, wanted: float) -> None:
    plugin, latency = opened(name, **values)
    assert latency == 0
    assert level(played(plugin, tone(hz))) == pytest.approx(wanted, abs=0.2)


def test_a_gain_changes_without_a_step() -> None:
    plugin, _ = opened("gain")
    ones = np.ones(BLOCK, np.float32)
    plugin.process(ones.copy())
    plugin.db = -20  # type: ignore[attr-defined]
    out = np.concatenate([plugin.process(ones.copy()) for _ in range(2)])
    assert np.abs(np.diff(out)).max() < 0.01
    assert out[-1] == pytest.approx(0.1)


@pytest.mark.parametrize("mode", ["replace", "add"])
def test_sine(mode: str) -> None:
    plugin, _ = opened("sine", hz=1000, db=-6, mode=mode)
    out = played(plugin, np.full(20 * BLOCK, 0.25, np.float32)) - (0.25 if mode == "add" else 0)
    assert level(out) == pytest.approx(-6, abs=0.05)
    assert np.argmax(np.abs(np.fft.rfft(out[:9600]))) * 5 == 1000
    assert np.abs(np.diff(out, 2)).max() < 0.5 * (2 * np.pi / 48) ** 2 + 1e-3  # the phase goes on from block to block


@pytest.mark.parametrize(
    ("name", "values"), [("shift", {}), ("shift", {"pitch": 3}), ("noise", {}), ("noise", {"db": "21"}), ("agc", {})]
)
def test_declared_latency_is_the_measured_one(name: str, values: dict[str, object]) -> None:
    if name in ("noise", "agc"):
        pytest.importorskip("pywebrtc_audio")
    plugin, latency = opened(name, **values)
    sound = trials.sounds(100)["noise"]
    out = np.stack([plugin.process(block.copy()).copy() for block in sound])
    assert trials.latency(sound, out) == latency


def test_shift_moves_the_pitch_and_misses_nothing() -> None:
    t = np.arange(150 * BLOCK) / RATE
    voice = sum(np.cos(2 * np.pi * 150 * k * t) / k for k in range(1, 12)) * 0.1
    plugin, _ = opened("shift", pitch=12)
    out = played(plugin, np.asarray(voice, np.float32))
    spectrum = np.abs(np.fft.rfft(out[-48000:]))
    assert spectrum[295:306].max() > 20 * spectrum[145:156].max()
    assert plugin._aligned.missed == 0  # type: ignore[attr-defined]


def test_noise_is_suppressed_and_speech_is_levelled() -> None:
    pytest.importorskip("pywebrtc_audio")
    noise = (0.05 * np.random.default_rng(0).standard_normal(400 * BLOCK)).astype(np.float32)
    assert level(played(opened("noise", db="18")[0], noise)) < level(noise) - 12
    assert np.abs(played(opened("agc")[0], noise)).max() <= 1


def test_an_unknown_converter() -> None:
    with pytest.raises(NotInstalled, match="converter: there is no converter 'nobody'"):
        opened("converter", voice="nobody")


@given(frame=st.integers(1, 1500), blocks=st.integers(1, 8))
def test_frames_of_any_size_are_complete_and_late_as_declared(frame: int, blocks: int) -> None:
    framed = Framed(frame, BLOCK, lambda samples: samples)
    sound = np.arange(1, blocks * BLOCK + 1, dtype=np.float32)
    wanted = np.concatenate((np.zeros(framed.latency, np.float32), sound))[: len(sound)]
    assert np.array_equal(np.concatenate([framed.process(each) for each in sound.reshape(-1, BLOCK)]), wanted)


@given(portions=st.lists(st.integers(0, 2000), max_size=12), latency=st.integers(0, 2000))
def test_the_latency_of_an_aligned_stream_never_grows(portions: list[int], latency: int) -> None:
    aligned, made, out = Aligned(latency), 0, []
    for portion in portions:
        aligned.push(np.arange(made, made + portion, dtype=np.float32) + 1)
        made += portion
        out.append(aligned.take(BLOCK))
        assert len(out[-1]) == BLOCK
    if out:
        played = np.concatenate(out)
        place = np.arange(len(played)) - latency + 1
        assert np.array_equal(played[played != 0], place[played != 0])
        assert aligned.missed == np.count_nonzero((played == 0) & (place > 0))


class _Doubles:
    rate = RATE

    def process(self, pcm: Samples) -> Samples:
        if pcm.max() > 1:
            raise ValueError("too loud")
        return 2 * pcm

    def finish(self) -> Samples:
        return np.zeros(0, np.float32)


class _Halved(_Doubles):
    rate = RATE // 2

    def process(self, pcm: Samples) -> Samples:
        return pcm[::2]


def test_a_stream_on_a_thread_of_its_own() -> None:
    background = Background(AtRate(_Doubles(), RATE), 2 * BLOCK)
    out = []
    for block in tone(100, 40).reshape(-1, BLOCK):
        out.append(background.process(block))
        while background._input.qsize():  # then at most one block is in the thread's hands
            pass
    assert np.array_equal(np.concatenate(out)[2 * BLOCK :], 2 * tone(100, 40)[: 38 * BLOCK])
    background._input.put(np.full(BLOCK, 2, np.float32))
    background._thread.join(10)
    with pytest.raises(ValueError, match="too loud"):
        background.process(np.zeros(BLOCK, np.float32))
    with pytest.raises(TooSlow, match="2 s of sound wait"):
        played(background, np.zeros(400 * BLOCK, np.float32))


def test_a_stream_at_another_rate() -> None:
    stream = AtRate(_Halved(), RATE)
    out = np.concatenate([stream.process(block) for block in tone(100).reshape(-1, BLOCK)])
    assert out[1000:40_000] == pytest.approx(tone(100)[1000:40_000], abs=0.001)


def test_a_family_of_converters_as_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "converters", "echoing_test")
    monkeypatch.syspath_prepend(tmp_path)
    plugin, latency = opened("converter", voice="echoing_test")
    assert latency > 0.03 * RATE
    found = load.find("converter")
    guarded = Guarded(plugin, latency, BLOCK, 10**9)
    assert found.parameters["voice"].fixed
    out = []
    for block in tone(100).reshape(-1, BLOCK):
        out.append(guarded.process(block).copy())
        while plugin._background._input.qsize():  # type: ignore[attr-defined]
            pass
    begin = latency + 4 * BLOCK  # three blocks of silence, when it was opened
    assert np.array_equal(np.concatenate(out)[begin:], tone(100)[begin - latency : -latency])
    opening.close(plugin)
