"""Values of SSML attributes."""

import pytest

from steadyvoice.workers.text.ssml import values


@pytest.mark.parametrize(
    ("time", "strength", "seconds"),
    [
        ("500ms", None, 0.5),
        ("1s", None, 1.0),
        ("1.5s", None, 1.5),
        (".25s", None, 0.25),
        ("+2s", None, 2.0),
        (" 300ms ", None, 0.3),
        ("0s", None, 0.0),
        ("0ms", "strong", 0.0),
        ("123ms", None, 0.123),
        ("10s", None, 10.0),
        ("11s", None, 10.0),
        ("999999999s", None, 10.0),
        ("99999999999999999999s", None, 0.3),
        ("-1s", None, 0.3),
        ("1 h", None, 0.3),
        ("1", None, 0.3),
        ("", "x-strong", 1.0),
        ("soon", "strong", 0.6),
        (None, None, 0.3),
        (None, "none", 0.0),
        (None, "x-weak", 0.0),
        (None, "weak", 0.1),
        (None, "medium", 0.3),
        (None, "strong", 0.6),
        (None, "x-strong", 1.0),
        (None, "enormous", 0.3),
        ("nan", None, 0.3),
        ("1e9s", None, 0.3),
    ],
)
def test_pauses(time: str | None, strength: str | None, seconds: float) -> None:
    assert values.pause_s(time, strength) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("value", "factor"),
    [
        ("x-slow", 0.5),
        ("slow", 0.8),
        ("medium", 1),
        ("default", 1),
        ("fast", 1.25),
        ("x-fast", 1.6),
        ("150%", 1.5),
        ("50%", 0.5),
        ("100%", 1),
        ("+50%", 1.5),
        ("-10%", 0.9),
        ("+0%", 1),
        ("-300%", 0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2", 2),
        ("+0.2", 1.2),
        (" fast ", 1.25),
        ("0", 0),
        ("quick", None),
        ("", None),
        ("%", None),
        ("10px", None),
        ("1.2.3", None),
        ("--5%", None),
        ("9" * 400, None),
        ("inf", None),
    ],
)
def test_rates(value: str, factor: float | None) -> None:
    assert values.rate(value) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("value", "factor"),
    [
        ("silent", 0),
        ("x-soft", 0.25),
        ("soft", 0.5),
        ("medium", 1),
        ("default", 1),
        ("loud", 1.4),
        ("x-loud", 2),
        ("50", 0.5),
        ("100", 1),
        ("0", 0),
        ("75.5", 0.755),
        ("50%", 0.5),
        ("+20%", 1.2),
        ("-20%", 0.8),
        ("+10", 1.1),
        ("-200", 0),
        ("+6dB", 10**0.3),
        ("-6dB", 10**-0.3),
        ("0dB", 1),
        ("6DB", 10**0.3),
        ("+99999dB", 10**5),
        ("noisy", None),
        ("", None),
        ("6bels", None),
        ("dB", None),
        ("1e5", None),
    ],
)
def test_volumes(value: str, factor: float | None) -> None:
    assert values.volume(value) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("value", "semitones"),
    [
        ("x-low", -6),
        ("low", -3),
        ("medium", 0),
        ("default", 0),
        ("high", 3),
        ("x-high", 6),
        ("+2st", 2),
        ("-2st", -2),
        ("2st", 2),
        ("+1.5st", 1.5),
        ("-.5st", -0.5),
        ("0st", 0),
        ("200%", 12),
        ("50%", -12),
        ("+100%", 12),
        ("-50%", -12),
        ("+0%", 0),
        ("-100%", None),
        ("0%", None),
        ("+20Hz", None),
        ("180Hz", None),
        ("up", None),
        ("", None),
        ("st", None),
        ("12", None),
    ],
)
def test_pitches(value: str, semitones: float | None) -> None:
    found = values.semitones(value)
    assert found == (None if semitones is None else pytest.approx(semitones))
