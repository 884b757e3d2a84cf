"""Sound cards that take one rate, channel count, sample format or period only play what a 48 kHz card plays."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.card import Cards
from support.daemon import Daemon, configured, eventually
from support.matrix import quick
from support.sound import RATE, expected, place

pytestmark = pytest.mark.realtime

LINES = 'audio.device = "card"\naudio.latency_ms = 80\n'
FOX = "A fox."
SOUND_DB = -100.0
"""Allowed error of the resampler in dB, relative to the speech."""


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory, cache: Path, plugin: Path) -> NDArray[np.float64]:
    """What a card for 48 kHz mono float32 plays of FOX."""
    home = tmp_path_factory.mktemp("plain")
    cards = Cards(home, plugin)
    cards.plug_in(card="rate 48000 channels 1 format FLOAT_LE")
    with configured(home, cache, LINES, **cards.env) as daemon:
        assert daemon.status()["audio"]["rate"] == RATE
        heard = spoken(daemon, cards)[:, 0]
        speech = expected(daemon, FOX)
    at = place(heard.astype(np.float32), speech)
    np.testing.assert_allclose(heard[at : at + len(speech)], speech, atol=2e-3)
    return heard[at : at + len(speech)]


@pytest.fixture
def make(tmp_path: Path, cache: Path, cards: Cards) -> Iterator[Callable[[str], Daemon]]:
    made = []

    def make(lines: str) -> Daemon:
        context = configured(tmp_path, cache, lines, **cards.env)
        made.append(context)
        return context.__enter__()

    yield make
    for context in made:
        context.__exit__(None, None, None)


def spoken(daemon: Daemon, cards: Cards, text: str = FOX) -> NDArray[np.float64]:
    """Speak ``text``, wait for half a second of silence after it, return what "card" played: [frames, channels].

    Up to three times: the host of a virtual machine stops it for longer than a card's 10 ms about once a minute.
    """
    audio, begin = daemon.status()["audio"], 0

    def heard() -> NDArray[np.float64]:
        return cards.heard("card", audio["channels"], audio["format"])[begin:]

    for _ in range(3):
        with daemon.client() as client:
            finished = client.speak(text).wait()
        eventually(lambda: heard().any() and not heard()[-audio["rate"] // 2 :].any())
        assert finished.reason == "done"
        if not finished.underruns:
            return heard()
        begin += len(heard())
    pytest.fail("each of three utterances had an underrun")


def error_db(heard: NDArray[np.float64], rate: int, wanted: NDArray[np.float64]) -> float:
    """Error of ``heard`` in dB relative to ``wanted``, for frequencies up to nine tenths of the Nyquist frequency.

    A linear slope of the phase, which is a delay of less than one sample, is removed first.
    """
    at_48k = soxr.resample(heard, rate, RATE, quality="VHQ")
    at = place(at_48k.astype(np.float32), wanted.astype(np.float32))
    ours, theirs = np.fft.rfft(at_48k[at : at + len(wanted)]), np.fft.rfft(wanted)
    carried = slice(0, int(0.45 * min(rate, RATE) * len(wanted) / RATE))
    ours, theirs = ours[carried], theirs[carried]
    cross, bins = ours * np.conj(theirs), np.arange(len(ours))
    slope = np.sum(np.abs(cross) * bins * np.angle(cross)) / np.sum(np.abs(cross) * bins**2)
    error = np.abs(ours - theirs * np.exp(1j * slope * bins))
    return float(10 * np.log10(np.sum(error**2) / np.sum(np.abs(theirs) ** 2)))


def cut_to(heard: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    at = place(heard.astype(np.float32), wanted.astype(np.float32))
    return heard[at : at + len(wanted)]


@pytest.mark.parametrize("rate", quick(1, [44100, 96000, 8000, 32000, 37000, 47952, 88200, 192000]))
def test_rate(make: Callable[[str], Daemon], cards: Cards, wanted: NDArray[np.float64], rate: int) -> None:
    cards.plug_in(card=f"rate {rate} channels 1 format FLOAT_LE")
    daemon = make(LINES)
    audio = daemon.status()["audio"]
    assert (audio["device"], audio["rate"], audio["channels"], audio["format"]) == ("card", rate, 1, "f32")
    assert error_db(spoken(daemon, cards)[:, 0], rate, wanted) < SOUND_DB


@pytest.mark.parametrize("channels", quick(1, [2, 6, 8]))
def test_channels(make: Callable[[str], Daemon], cards: Cards, wanted: NDArray[np.float64], channels: int) -> None:
    """Both front channels carry the mono signal bit for bit; all other channels are silent."""
    cards.plug_in(card=f"channels {channels} format FLOAT_LE")
    daemon = make(LINES)
    audio = daemon.status()["audio"]
    assert (audio["rate"], audio["channels"], audio["format"]) == (RATE, channels, "f32")
    heard = spoken(daemon, cards)
    assert not heard[:, 2:].any()
    np.testing.assert_array_equal(heard[:, 0], heard[:, 1])
    np.testing.assert_array_equal(cut_to(heard[:, 0], wanted), wanted)


@pytest.mark.parametrize("sample", quick(1, ["S16_LE", "S24_3LE", "S32_LE"]))
def test_format(make: Callable[[str], Daemon], cards: Cards, wanted: NDArray[np.float64], sample: str) -> None:
    """Samples are rounded to the nearest value of the format."""
    cards.plug_in(card=f"channels 1 format {sample}")
    daemon = make(LINES)
    bits = int(sample[1:3])
    assert daemon.status()["audio"]["format"] == f"s{bits}"
    heard = cut_to(spoken(daemon, cards)[:, 0], wanted)
    np.testing.assert_allclose(heard, wanted, rtol=0, atol=0.5000001 / 2 ** (bits - 1))


@pytest.mark.parametrize(
    ("bytes_", "latency_ms"),
    [
        pytest.param("period 512 period_max 4096", 10, id="period of 128", marks=pytest.mark.alone),
        pytest.param("period 19200", 200, marks=pytest.mark.long, id="period of 100 ms"),
        pytest.param("period 4000", 41, id="period of 1000 samples", marks=pytest.mark.alone),
        pytest.param("buffer 38400 buffer_max 76800", 200, id="200 ms at least"),
        pytest.param("buffer 2048", 10, id="512 samples at most", marks=pytest.mark.alone),
    ],
)
def test_latency_range(
    make: Callable[[str], Daemon], cards: Cards, wanted: NDArray[np.float64], bytes_: str, latency_ms: int
) -> None:
    """The device's limits of period and buffer override the configured latency; no sample is lost."""
    cards.plug_in(card=f"rate 48000 channels 1 format FLOAT_LE {bytes_}")
    daemon = make('audio.device = "card"\naudio.latency_ms = 10\n')
    assert daemon.status()["audio"]["latency_ms"] >= latency_ms
    np.testing.assert_array_equal(cut_to(spoken(daemon, cards)[:, 0], wanted), wanted)


@pytest.mark.parametrize(
    "line",
    [
        "rate 44100 channels 2 format S16_LE period 8820 buffer 17640",
        "rate 96000 rate_max 192000 channels 6 channels_max 8 format S32_LE",
        pytest.param("rate 32000 channels 2 format S24_3LE period_max 1200", marks=pytest.mark.long),
        pytest.param("rate 8000 channels 1 format S16_LE", marks=pytest.mark.long),
        pytest.param("rate 22050 rate_max 44100 channels 8 format FLOAT_LE", marks=pytest.mark.long),
    ],
)
def test_everything_at_once(
    make: Callable[[str], Daemon], cards: Cards, wanted: NDArray[np.float64], line: str
) -> None:
    cards.plug_in(card=line)
    daemon = make(LINES)
    audio = daemon.status()["audio"]
    heard = spoken(daemon, cards)
    assert len({column.tobytes() for column in heard.T[:2]}) == 1
    floor = {"s16": -60.0, "s24": -90.0}.get(audio["format"], -100.0)
    assert error_db(heard[:, 0], audio["rate"], wanted) < floor
