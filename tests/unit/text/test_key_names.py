"""Names of keys as speech-dispatcher's clients send them, and as X calls them."""

import pytest
from support.reading import words

from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.workers.text import traced
from steadyvoice.workers.text.english.key_names import key_name
from steadyvoice.workers.text.front_end import spoken

KEY = ReadingMode(say="key")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("shift_a", "shift A"),
        ("control_c", "control C"),
        ("control_alt_delete", "control alt delete"),
        ("ctrl_x", "control X"),
        ("space", "space"),
        ("underscore", "underscore"),
        ("_", "underscore"),
        ("shift__", "shift underscore"),
        ("double-quote", "quote"),
        ("F5", "F five"),
        ("shift_f12", "shift F twelve"),
        ("kp-enter", "keypad enter"),
        ("kp-+", "keypad plus"),
        ("KP_Enter", "keypad enter"),
        ("kp-7", "keypad seven"),
        ("prior", "page up"),
        ("Next", "page down"),
        ("Page_Up", "page up"),
        ("Shift_L", "left shift"),
        ("Control_R", "right control"),
        ("shift_l", "shift L"),
        ("shift_left", "shift left"),
        ("shift_r", "shift R"),
        ("shift_ISO_Left_Tab", "shift tab"),
        ("alt_Shift_R", "alt right shift"),
        ("shift_f1_x", "shift F one X"),
        ("parenleft", "left paren"),
        ("esc", "escape"),
        ("num-lock", "num lock"),
        ("caps_lock", "caps lock"),
        ("A", "A"),
        (";", "semicolon"),
        ("shift_-", "shift dash"),
        ("5", "five"),
        ("\u00e9", "E acute"),
        ("+", "plus"),
        # Words stay as they are:
        ("left shift", "left shift"),
        ("tab", "tab"),
        ("dot", "dot"),
        ("backspace", "backspace"),
        ("up", "up"),
        ("home", "home"),
        ("enter", "enter"),
        ("menu", "menu"),
        ("delete", "delete"),
        ("play", "play"),
        ("alt", "alt"),
    ],
)
def test_key(key: str, name: str) -> None:
    assert str(spoken(key, "en-US", mode=KEY)) == name
    assert key_name(key).replace("\ue000", "") == name


def test_the_letter_a_is_no_article() -> None:
    said = spoken("shift_a", "en-US", mode=KEY)
    assert [said[each.start : each.end] for each in said.pronunciations] == ["A"]


def test_words_come_from_their_characters() -> None:
    said = spoken("control_f5", "en-US", mode=KEY)
    assert [(said[a:b], said.origin(a, b)) for a, b in traced.words(said)] == [
        ("control", (0, 7)), ("F", (8, 10)), ("five", (8, 10)),
    ]  # fmt: skip


def test_capitals_are_announced() -> None:
    assert spoken("A", "en-US", mode=ReadingMode(say="key", capitals="spell")) == "capital A"


def test_other_languages_say_the_key_as_it_is_called() -> None:
    assert spoken("shift_a", "de-DE", mode=KEY) == "shift A"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Press Ctrl+C.", "press control c"),
        ("Ctrl+Alt+Del", "control alt delete"),
        ("Alt-F4", "alt f four"),
        ("Shift+L", "shift l"),
        ("Cmd+Shift+4", "cmd shift four"),
        ("Ctrl-PgUp", "control page up"),
        ("an Alt-right group", "an alt right group"),
        ("Shift-3D", "shift three d"),
        ("Control-group", "control group"),
        ("Win+win", "win plus win"),
    ],
)
def test_keys_in_a_text(text: str, said: str) -> None:
    assert words(text) == said
