"""The command-line grammar, as used by the quick path and by click."""

import json
from typing import Any, get_args

import click
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from steadyvoice.client.svctl import commands, grammar
from steadyvoice.client.svctl.grammar import SpeakOptions, UsageError
from steadyvoice.ipc import messages, wire
from steadyvoice.ipc.messages import Priority
from steadyvoice.ipc.reading_mode import Punctuation

SPELLINGS = [spelling for option in grammar.SPEAK for spelling in option.spellings]
WORDS = [
    *SPELLINGS, *(f"{name}=1" for name in SPELLINGS), "--rate=fast", "--priority=text", "--voice=", "--", "-", "-ox",
    "-fo", "-r1.5", "", "Hello.", "hello=1", "1.5", "0", "-1", "1_0", " 2", "nan", "message", "x.wav", "--rat",
    "--rate ", "--Json", "-5 degrees", "->", "- no", "180wpm", "raw",
]  # fmt: skip


def seen_by_click(arguments: list[str]) -> SpeakOptions | click.UsageError:
    seen: list[SpeakOptions] = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(commands, "guarded", lambda run: run())
        monkeypatch.setattr("steadyvoice.client.svctl.speak.speak", lambda _, wanted: seen.append(wanted))
        try:
            commands.main(["speak", *arguments], standalone_mode=False)
        except click.UsageError as error:
            return error
    return seen[0]


@given(st.lists(st.sampled_from(WORDS), max_size=5))
@example([])
@example(["-o", "-", "--rate=1.5", "--", "--json"])
def test_both_paths_parse_alike(words: list[str]) -> None:
    by_click = seen_by_click(words)
    try:
        assert by_click == grammar.speak_words(words)
    except UsageError as mistake:
        assert isinstance(by_click, click.UsageError)
        assert str(mistake) in by_click.format_message()  # noqa: PT017


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["Hello."], SpeakOptions(words=("Hello.",))),
        (["hello", "world"], SpeakOptions(words=("hello", "world"))),
        (["10", "-", "3"], SpeakOptions(words=("10", "-", "3"))),
        ([], SpeakOptions()),
        (["-"], SpeakOptions(words=("-",))),
        (["--", "-o", "--"], SpeakOptions(words=("-o", "--"))),
        (["Hi.", "-o", "-"], SpeakOptions(words=("Hi.",), output="-")),
        (["-o", "x.wav", "Hi.", "there"], SpeakOptions(words=("Hi.", "there"), output="x.wav")),
        (["-ox.wav", "-r1.5", "Hi."], SpeakOptions(words=("Hi.",), output="x.wav", rate=1.5)),
        (["--json", "--file=a b.txt", "-o", "x.wav"], SpeakOptions(file="a b.txt", output="x.wav", as_json=True)),
        (["-f", "-"], SpeakOptions(file="-")),
        (["-v", "emma", "--pitch", "-4", "Hi."], SpeakOptions(words=("Hi.",), voice="emma", pitch=-4.0)),
        (["--ssml", "Hi <break/>."], SpeakOptions(words=("Hi <break/>.",), ssml=True)),
        (["--volume=.5", "--formant", "-1", "Hi."], SpeakOptions(words=("Hi.",), volume=0.5, formant=-1.0)),
        (["--rate", f"{grammar.WORDS_PER_MINUTE}wpm", "Hi."], SpeakOptions(words=("Hi.",), rate=1.0)),
        (["-r", "2", "Hi."], SpeakOptions(words=("Hi.",), rate=2.0)),
        (["--priority", "progress", "--detach", "Hi."], SpeakOptions(words=("Hi.",), priority="progress", detach=True)),
        (["--punctuation", "all", "--spell", "a."], SpeakOptions(punctuation="all", spelling=True, words=("a.",))),
        (["-o", "x", "--format", "raw", "--force"], SpeakOptions(output="x", format="raw", force=True)),
    ],
)
def test_typed_arguments(words: list[str], wanted: SpeakOptions) -> None:
    assert grammar.speak_words(words) == wanted


@pytest.mark.parametrize(
    "text",
    ["-5", "-5 degrees", "-5°C", "\u22125", "-€5", "->", "- no", "- -", "--- title ---", "---title---", "--a\x1b[31m",
     "---", "-hello there", "—", "-.5", "-é", "-", "--5", "-=", "--=x", "-1,5 °C", "-\n", "\u2013", "-'tis"],
)  # fmt: skip
def test_text_may_begin_with_a_dash(text: str) -> None:
    assert grammar.speak_words(["now", text]).words == ("now", text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pace", "2", "Hi."], "No such option: --pace"),
        (["-hello"], "No such option: -h"),
        (["-q", "Hi."], "No such option: -q"),
        (["--rate", "fast", "Hi."], "'fast' is not a number"),
        (["--rate=", "Hi."], "'' is not a number"),
        (["--rate", "nan", "Hi."], "'nan' is not a number"),
        (["--rate", "1e999", "Hi."], "'1e999' is not a number"),
        (["-r", "180", "Hi."], "180wpm"),
        (["-r", "900wpm", "Hi."], "900wpm is not between 102wpm and 410wpm"),
        (["--rate", "fastwpm", "Hi."], "'fastwpm' is not a number"),
        (["--rate", "infwpm", "Hi."], "'infwpm' is not a number"),
        (["--sample-rate", "44.1", "-o", "x"], "'44.1' is not a whole number"),
        (["--json=1", "Hi."], "does not take a value"),
        (["--priority", "urgent", "Hi."], "not one of important, "),
        (["--punctuation", "much", "Hi."], "not one of none, some"),
        (["--format", "m4a", "-o", "x"], "not one of wav, "),
        (["-v"], "'-v' requires an argument"),
        (["-v", "--json", "Hi."], "'-v' requires an argument"),
        (["-v", "--"], "'-v' requires an argument"),
        (["Hi.", "-f", "x"], "not both"),
        (["Hi.", "--force"], "--force needs -o FILE"),
        (["Hi.", "--format=raw"], "--format needs -o FILE"),
        (["Hi.", "--sample-rate=8000"], "--sample-rate needs -o FILE"),
        (["Hi.", "--detach", "-o", "x"], "--detach"),
        (["Hi.", "--json", "-o", "-"], "standard output"),
    ],
)
def test_a_usage_error_is_one_line(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as mistake:
        grammar.speak_words(words)
    assert said in str(mistake.value)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("arguments", "socket", "autostart", "words"),
    [
        (["stop"], None, True, ["stop"]),
        (["--socket", "/s", "stop"], "/s", True, ["stop"]),
        (["--socket=/s", "--no-autostart", "speak", "--json"], "/s", False, ["speak", "--json"]),
        ([], None, True, []),
    ],
)
def test_the_addressed_daemon(arguments: list[str], socket: str | None, autostart: bool, words: list[str]) -> None:
    target, left = grammar.global_words(arguments)
    assert (target.socket, target.autostart, left) == (socket, autostart, words)


@pytest.mark.parametrize("arguments", [["--socket"], ["--socket", "--json"], ["--no-autostart=1"], ["-h"], ["--vers"]])
def test_other_global_options_are_left_to_click(arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        grammar.global_words(arguments)


texts = st.text() | st.text().map(lambda text: text.encode("utf-8", "replace").decode("utf-8", "surrogateescape"))


@given(
    words=st.lists(texts, min_size=1, max_size=3),
    voice=st.text(max_size=5),
    rate=st.floats(0.5, 2),
    priority=st.sampled_from(grammar.PRIORITIES),
    detach=st.booleans(),
    punctuation=st.sampled_from(grammar.PUNCTUATION),
    spelling=st.booleans(),
)
@example(['\udcff\U0001f600\u2028"\\'], "", 1.0, "message", True, "none", False)
def test_the_request_conforms_to_the_protocol(
    words: list[str],
    voice: str,
    rate: float,
    priority: Priority,
    detach: bool,
    punctuation: Punctuation,
    spelling: bool,
) -> None:
    words = [word.encode("utf-8", "ignore").decode() for word in words]
    voice = voice.encode("utf-8", "ignore").decode()
    fields: dict[str, Any] = {"voice": voice, "rate": rate, "priority": priority, "detach": detach}
    fields |= {"punctuation": punctuation, "spelling": spelling}
    wanted = SpeakOptions(words=tuple(words), **fields)
    line = grammar.speak_request(wanted)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    expected = messages.Speak(ref=1, text=" ".join(words), **fields)
    assert wire.decode_request(line, json=True) == expected


def test_invalid_utf8_becomes_replacement_characters() -> None:
    request = json.loads(grammar.speak_request(SpeakOptions(words=("a\udcffb",), voice="\udcfe")))
    assert (request["text"], request["voice"]) == ("a\ufffdb", "\ufffd")


def test_help_shows_every_option_with_its_default() -> None:
    shown: Any = CliRunner().invoke(commands.main, ["speak", "-h"])
    for option in grammar.SPEAK:
        assert all(spelling in shown.output for spelling in option.spellings)
    assert "[1.0]" in shown.output
    assert "[message]" in shown.output


def test_every_attribute_has_one_option() -> None:
    attributes = {name for name in SpeakOptions.__annotations__ if name != "words"}
    assert attributes == {option.name for option in grammar.SPEAK}
    assert set(grammar.PRIORITIES) == set(get_args(Priority))
    assert get_args(Punctuation) == grammar.PUNCTUATION
    assert len(SPELLINGS) == len(set(SPELLINGS))
