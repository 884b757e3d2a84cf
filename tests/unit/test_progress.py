"""The progress line on a terminal while a long text is spoken."""

import fcntl
import io
import os
import struct
import termios
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steadyvoice.client.svctl.progress import CurrentWord, Progress, line

TALE = "When the rain finally stopped, we walked home. Then she laughed! It was the first time in weeks.\nSo it was."
ON, OFF = BOLD = ("\x1b[1m", "\x1b[22m")
BRACKETS = ("[", "]")


def heard(word: str, at_s: float = 0.0) -> CurrentWord:
    at = TALE.index(word)
    return CurrentWord(at, at + len(word), at_s)


def columns(shown: str) -> int:
    shown = shown.replace(ON, "").replace(OFF, "")
    assert shown.isprintable()
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    return len(shown) + wide - sum(unicodedata.category(char) in ("Mn", "Me") for char in shown)


def test_a_line() -> None:
    shown = line(TALE, heard("laughed", 4.0), 0.3, 76, BOLD)
    assert shown == f"0:04 [======      ] -0:03 Then she {ON}laughed{OFF}!"


def test_before_the_first_word() -> None:
    shown = line(TALE, CurrentWord(), 0.0, 100, BOLD)
    assert shown == "0:00 [            ] -0:07 When the rain finally stopped, we walked home."


def test_a_decimal_point_ends_no_sentence() -> None:
    text = 'He said "No." It was 4.5 miles.'
    assert line(text, CurrentWord(25, 30), 0, 76, BRACKETS).endswith(" It was 4.5 [miles].")
    assert line(text, CurrentWord(9, 11), 0, 76, BRACKETS).endswith(' He said "[No]."')


def test_without_colour_the_word_is_in_brackets() -> None:
    assert line(TALE, heard("she"), 0, 76, BRACKETS).endswith(" Then [she] laughed!")


def test_a_long_sentence_is_paged() -> None:
    """The page stays while its words are spoken, and the next one is not shown early."""
    pages = [line(TALE, heard(word), 0, 26 + 18, BRACKETS)[26:] for word in ("When", "rain", "finally", "we", "home")]
    assert pages == [
        "[When] the rain",
        "When the [rain]",
        "[finally] stopped,",
        "[we] walked home.",
        "we walked [home].",
    ]


@pytest.mark.parametrize(("width", "shown"), [(35, "0:04 52 %"), (6, "0:04 5"), (0, ""), (-3, "")])
def test_narrow_terminal(width: int, shown: str) -> None:
    assert line(TALE, heard("laughed", 4.0), 0, width, BOLD) == shown


def test_time_left_follows_the_rate_so_far() -> None:
    shown = line("a " * 50_000, CurrentWord(25_000, 25_001, 2500.0), 1.0, 60, BOLD)
    assert shown.startswith("41:41 [===         ] -2:04:59 ")


@given(
    text=st.text(st.sampled_from("ab \n.!?語。é\u0301\x1b\x07\t\u200d😀「」-ﾊ"), max_size=200) | st.text(),
    start=st.integers(0, 210),
    length=st.integers(0, 30),
    at_s=st.floats(0, 1e5),
    width=st.integers(0, 120),
    highlight=st.sampled_from([BOLD, BRACKETS]),
)
@example(text="x" * 200, start=0, length=5, at_s=0.0, width=60, highlight=BRACKETS)
@example(text="语" * 200, start=150, length=2, at_s=0.0, width=60, highlight=BOLD)
def test_the_line_always_fits(
    text: str, start: int, length: int, at_s: float, width: int, highlight: tuple[str, str]
) -> None:
    start = min(start, len(text))
    shown = line(text, CurrentWord(start, min(start + length, len(text)), at_s), 0.5, width, highlight)
    assert columns(shown) <= width
    assert shown.count(ON) == shown.count(OFF)


class Terminal(io.StringIO):
    """A terminal (the other end of a pseudo-terminal) 60 columns wide."""

    def __init__(self) -> None:
        super().__init__()
        self.ours, self.theirs = os.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("4H", 24, 60, 0, 0))

    def fileno(self) -> int:
        return self.theirs

    def close(self) -> None:
        super().close()
        os.close(self.ours)
        os.close(self.theirs)


def test_the_echo_of_ctrl_c_begins_no_new_row() -> None:
    terminal = Terminal()
    progress = Progress(200, terminal)
    progress.append(1, "x" * 200)
    progress.on_event({"type": "started", "id": 1, "sample_rate": 48000})
    progress.draw()
    assert columns(terminal.getvalue().removeprefix("\r").removesuffix("\x1b[K")) == 60 - len("^C") - 1
    terminal.close()


def test_drawn_from_the_start_on_and_cleared() -> None:
    terminal = Terminal()
    progress = Progress(len(TALE), terminal)
    progress.append(1, TALE)
    assert progress.draw() is None
    progress.clear()
    assert terminal.getvalue() == ""
    progress.on_event({"type": "started", "id": 1, "sample_rate": 48000})
    assert progress.draw()
    first = terminal.getvalue()
    assert first.startswith("\r0:00 [")
    progress.draw()
    assert terminal.getvalue() == first, "drawn again though nothing has changed"
    progress.on_event({"type": "mark", "id": 1, "start": 5, "end": 8, "at_s": 0.5})
    progress.draw()
    assert f"{ON}the{OFF}" in terminal.getvalue()[len(first) :]
    progress.clear()
    assert terminal.getvalue().endswith("\r\x1b[K")
    terminal.close()
