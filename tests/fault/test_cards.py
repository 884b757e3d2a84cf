"""A sound card at 44.1 kHz, stereo and 16 bits: cancel, pause, loss of the card, and death of the output stage."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.card import Cards
from support.daemon import Daemon, configured, eventually, user_env
from support.matrix import quick
from support.sound import RATE, expected, seam

from steadyvoice.client import UtteranceFailed

pytestmark = pytest.mark.realtime

CARD = "rate 44100 channels 2 format S16_LE"
TALE = "Nobody said a word until we had reached the old bridge by the mill and the river."
LONG = "One two three four five six seven. " * 20
FADE_S = 0.005
SLACK_S = 0.04
"""See test_device.py."""


@pytest.fixture
def make(tmp_path: Path, cache: Path, cards: Cards) -> Iterator[Callable[..., Daemon]]:
    made = []

    def make(lines: str = 'audio.device = "card"\n', **named: str) -> Daemon:
        cards.plug_in(**(named or {"card": CARD}))
        context = configured(tmp_path, cache, f"audio.latency_ms = 80\n{lines}", **cards.env)
        made.append(context)
        return context.__enter__()

    yield make
    for context in made:
        context.__exit__(None, None, None)


def heard(cards: Cards) -> NDArray[np.float64]:
    """What CARD has played, on its left channel."""
    return cards.heard("card", 2, "s16")[:, 0]


def interruption(heard: NDArray[np.float64], rate: int, wanted: NDArray[np.float32]) -> tuple[float, float, float]:
    """``seam`` in seconds, for pieces that may begin between two samples of ``wanted``."""
    fine = 8 * RATE
    precise, speech = soxr.resample(heard, rate, fine), soxr.resample(wanted, RATE, fine)
    stops, goes_on, gap = seam(precise.astype(np.float32), speech, fine, tolerance=2e-2)
    return stops / fine, goes_on / fine, gap / fine


def is_silent(cards: Cards) -> bool:
    return bool(heard(cards).any()) and not heard(cards)[-44100 // 4 :].any()


def is_loud(cards: Cards, seconds: float = 0.0) -> bool:
    """Whether speech is heard now, and more than this number of seconds of it were played."""
    sounding = np.flatnonzero(heard(cards))
    return len(sounding) > 44100 * seconds and np.abs(heard(cards)[-2205:]).max() > 0.1


def test_cancel_fades_out(make: Callable[..., Daemon], cards: Cards) -> None:
    daemon = make()
    with daemon.client() as client:
        utterance = client.speak(LONG)
        eventually(lambda: is_loud(cards))
        assert utterance.cancel().reason == "cancelled"
        eventually(lambda: is_silent(cards))
        sound = heard(cards)
        last = int(np.flatnonzero(sound)[-1])
        steps = np.abs(np.diff(sound[: last + 2]))
        assert steps.max() < 0.1, "there is a click"
        assert steps[-20:].max() < 0.01, "there is no fade-out"
        assert client.speak("Hello.").wait().reason == "done"


def test_pause_and_resume(make: Callable[..., Daemon], cards: Cards) -> None:
    daemon = make()
    wanted = expected(daemon, TALE)
    with daemon.client() as client:
        utterance = client.speak(TALE)
        eventually(lambda: is_loud(cards, 1.0))
        client.pause()
        eventually(lambda: is_silent(cards))
        client.resume()
        assert utterance.wait().reason == "done"
    eventually(lambda: is_silent(cards))
    stops, goes_on, gap = interruption(heard(cards), 44100, wanted)
    assert 0.5 < stops < len(wanted) / RATE - 0.5
    assert abs(goes_on - stops) < 2 * FADE_S, "samples were lost, or more than the fade was repeated"
    assert gap > 0.2
    steps = np.abs(np.diff(soxr.resample(heard(cards), 44100, RATE)))
    assert steps.max() < 1.2 * np.abs(np.diff(wanted)).max(), "there is a click"


@pytest.mark.parametrize("line", quick(1, [CARD, f"{CARD} buffer 88200 buffer_max 176400"]), ids=["80 ms", "500 ms"])
def test_speech_continues_when_the_output_is_killed(make: Callable[..., Daemon], cards: Cards, line: str) -> None:
    """Only SIGKILL: the simulated card runs within the output process, so SIGSTOP would stop the card too."""
    daemon = make(card=line)
    wanted = expected(daemon, TALE)
    with daemon.client() as client:
        utterance = client.speak(TALE)
        eventually(lambda: is_loud(cards, 1.0))
        os.kill(daemon.pids()["output"], signal.SIGKILL)
        finished = utterance.wait()
        assert (finished.reason, finished.heard_chars) == ("done", len(TALE))
    eventually(lambda: is_silent(cards))
    stops, goes_on, _ = interruption(heard(cards), 44100, wanted)
    assert 0.5 < stops < len(wanted) / RATE - 0.5
    assert abs(goes_on - stops) < SLACK_S, "samples were lost or repeated"


def test_speech_continues_on_another_card_after_the_loss_of_the_first(
    make: Callable[..., Daemon], cards: Cards
) -> None:
    """The card is unplugged in the middle of a word. The next card plays what the first one did not."""
    daemon = make()
    wanted = expected(daemon, TALE)
    with daemon.client() as client:
        utterance = client.speak(TALE)
        eventually(lambda: is_loud(cards, 1.0))
        cards.unplug("card")
        problem = eventually(lambda: daemon.status()["audio"]["problem"])
        assert "sound device" in problem  # that it is lost; or, 0.2 s later, that there is none
        assert problem.isprintable()
        before = soxr.resample(heard(cards), 44100, RATE)
        cards.file("card").rename(cards.file("before"))
        cards.plug_in(card="rate 96000 channels 6 format S32_LE")
        finished = utterance.wait()
        assert (finished.reason, finished.heard_chars) == ("done", len(TALE))
        audio = daemon.status()["audio"]
        assert (audio["rate"], audio["channels"], audio["format"]) == (96000, 6, "s32")

    def after() -> NDArray[np.float64]:
        return cards.heard("card", 6, "s32")[:, 0]

    eventually(lambda: after().any() and not after()[-24000:].any())
    both = np.concatenate([before, soxr.resample(after(), 96000, RATE)])
    stops, goes_on, _ = interruption(both, RATE, wanted)
    assert 0.5 < stops < len(wanted) / RATE - 0.5
    assert abs(goes_on - stops) < SLACK_S, "samples were lost or repeated"


def test_a_device_number_keeps_its_card_when_numbers_change(make: Callable[..., Daemon], cards: Cards) -> None:
    """Another card is plugged in, and the numbers of the cards after it increase."""
    daemon = make('audio.device = "1"\n', first="channels 2", card=CARD)
    assert daemon.status()["audio"]["device"] == "card"
    cards.unplug("card")
    spoken = daemon.svctl("speak", "Hello.")
    assert (spoken.returncode, spoken.stderr.count("\n")) == (1, 1), spoken.stderr
    cards.lines = {"first": "channels 2", "another": "channels 2", "card": CARD}
    cards.plug_in(card=CARD)
    with daemon.client() as client:
        assert client.speak("Hello.").wait().reason == "done"
    assert daemon.status()["audio"]["device"] == "card"
    assert heard(cards).any()
    assert not cards.heard("another", 2).any()


@pytest.mark.alone
def test_underruns_are_counted(make: Callable[..., Daemon], cards: Cards) -> None:
    daemon = make('audio.device = "card"\nengines = ["paced"]\nvoice = "paced"\nlookahead_s = 0.5\n')
    with daemon.client() as client:
        even = client.speak(" ".join(["0/0/20"] * 10)).wait()
        assert (even.underruns, even.duration_s) == (0, 2.0)
        late = client.speak("0/0/10 400/5/20 0/0/10").wait()
    assert late.underruns >= 1
    assert list(late.late) == ["generator"]
    assert late.duration_s == 0.4


@pytest.mark.parametrize(
    ("device", "says"),
    [
        ("usb", "the name 'usb' fits several sound devices: 1 'usb one, ALSA', 2 'usb two, ALSA'; write the whole"),
        ("microphone", "only records; there are: 0 'card', 1 'usb one', 2 'usb two'"),
        ("17", "there is no sound device '17'; there are: 0 'card'"),
        ("crad", "there is no sound device 'crad'; did you mean 'card'?"),
        ("odd", "the sound device 'odd' cannot be opened: "),
    ],
)
def test_an_unusable_device_is_reported(make: Callable[..., Daemon], cards: Cards, device: str, says: str) -> None:
    """By status, the failed utterance, svctl speak and doctor, in one line each."""
    named = {"card": CARD, "usb one": CARD, "usb two": CARD, "microphone": "only capture", "odd": "format S24_LE"}
    daemon = make(f'audio.device = "{device}"\n', **named)
    assert says in daemon.status()["audio"]["problem"]
    with daemon.client() as client, pytest.raises(UtteranceFailed) as failed:
        client.speak("Hello.").wait()
    assert failed.value.code == "no_sound_device"
    spoken = daemon.svctl("speak", "Hello.")
    assert (spoken.returncode, spoken.stderr.count("\n")) == (1, 1), spoken.stderr
    assert says in spoken.stderr
    checks = json.loads(daemon.svctl("doctor", "--json").stdout)
    sound = next(check for check in checks if check["name"] == "sound")
    assert not sound["ok"]
    assert says in sound["detail"]
    assert sound["detail"].isprintable()


def test_status_and_doctor_report_the_format_of_the_device(make: Callable[..., Daemon]) -> None:
    daemon = make()
    assert "sound device: card, 44100 Hz, 2 channels, s16, blocks of 128, " in daemon.svctl("status").stdout
    assert "card, 44100 Hz, 2 channels, s16, " in daemon.svctl("doctor").stdout


def test_doctor_probes_the_device_itself_if_no_daemon_runs(tmp_path: Path, cache: Path, cards: Cards) -> None:
    cards.plug_in(card=CARD)
    without_daemon = Daemon(user_env(tmp_path, cache, **cards.env))
    assert "card, 44100 Hz, 2 channels, s16, " in without_daemon.svctl("doctor").stdout
    assert not cards.file("card").read_bytes().strip(b"\0"), "doctor played a sound"
