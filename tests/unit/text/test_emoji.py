"""Emoji by the names that a person would say."""

import pytest
from support.reading import words

from steadyvoice.workers.text.front_end import spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😀", "grinning face"),
        ("Great job 👍", "great job thumbs up"),
        ("Great job 👍👍👍!", "great job thumbs up"),
        ("👍🏽 👍🏽", "thumbs up"),
        ("👍 👍🏿", "thumbs up"),
        ("party 🎉🔥 now", "party party popper fire now"),
        ("I ❤️ pizza", "i love pizza"),
        ("love you ❤️", "love you red heart"),
        ("💙💙", "blue heart"),
        ("🖤 and 🤍", "black heart and white heart"),
        ("👨‍👩‍👧‍👦", "family"),
        ("👩‍💻 at work", "woman technologist at work"),
        ("👨🏻‍🚒", "man firefighter"),
        ("🧑‍⚕️", "health worker"),
        ("👩‍🦰", "woman with red hair"),
        ("🤷‍♀️", "shrug"),
        ("🏳️‍🌈 and 🏴‍☠️", "rainbow flag and pirate flag"),
        ("❤️‍🔥", "heart on fire"),
        ("🇫🇷", "flag of france"),
        ("🇺🇸🇬🇧", "flag of the united states flag of the united kingdom"),
        ("🇦🇶", "flag a q"),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "flag of scotland"),
        ("☀️ today", "sun today"),
        ("⚠️ Hot", "warning hot"),
        ("✅ done", "check mark done"),
        ("❌ failed", "cross mark failed"),
        ("☎️ me", "telephone me"),
        ("🔴 and ⚫", "red circle and black circle"),
        ("🕐", "one o'clock"),
        ("🔍 find", "magnifying glass find"),
        ("🆗 🆕", "ok new"),
        ("⚂", "die face three"),
        ("🚗💨", "car dash"),
        ("👁️‍🗨️", "eye in speech bubble"),
        ("🎲", "game die"),
    ],
)
def test_emoji(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("text", ["\u200d", "🏽", "\ufe0f", "\u20e3", "────", "░▒▓", "■□"])
def test_nothing_is_said(text: str) -> None:
    assert words(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nice 🔥 work", "Nice, fire, work"),
        ("Nice! 🔥", "Nice! fire"),
        ("🔥 work", "fire, work"),
        ("work 🔥.", "work, fire."),
    ],
)
def test_an_emoji_is_set_off_by_pauses(text: str, expected: str) -> None:
    assert spoken(text, "en-US") == expected


def test_an_emoji_newer_than_this_python_is_said_to_be_one() -> None:
    assert words("hm \U0001fae8") in ("hm emoji", "hm shaking face")


def test_a_long_run_is_read_once() -> None:
    assert words("😂" * 250) == "face with tears of joy"
