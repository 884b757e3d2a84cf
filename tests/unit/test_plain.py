"""What ``svctl`` reads without click is what click reads."""

from typing import Any, get_args

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steadyvoice.client import commands, plain
from steadyvoice.client.plain import PRIORITIES, Options, Target
from steadyvoice.ipc.messages import Priority

NAMES = [name for option in commands.speak.params if isinstance(option, click.Option) for name in option.opts]
WORDS = [
    *NAMES, *(f"{name}=1" for name in NAMES), "--rate=fast", "--priority=text", "--voice=", "--", "-", "-ox", "-fo",
    "-h", "", "Hello.", "hello=1", "1.5", "0", "-1", "1_0", " 2", "nan", "message", "x.wav", "--rat", "--rate ",
    "--Json",
]  # fmt: skip
BEFORE = ["--socket", "--socket=/s", "/s", "--no-autostart", "--no-autostart=1", "--", "-h", "--sock"]


def seen_by_click(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr(commands, "guarded", lambda run: run())
    monkeypatch.setattr("steadyvoice.client.speak.speak", lambda *given: seen.append(given))
    monkeypatch.setattr(commands.actions, "stop", lambda target, *given: seen.append((target,)))
    commands.main(arguments, standalone_mode=False)
    return seen[0]


def seen_in_plain_words(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...] | None:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr("steadyvoice.client.speak.speak", lambda *given: seen.append(given))
    monkeypatch.setattr(commands.actions, "stop", lambda *given: seen.append(given))
    run = plain.plain(arguments)
    if run is None:
        return None
    run()
    return seen[0]


@given(
    before=st.lists(st.sampled_from(BEFORE), max_size=3),
    command=st.sampled_from(["speak", "speak", "speak", "stop"]),
    behind=st.lists(st.sampled_from(WORDS), max_size=5),
)
@example(before=[], command="speak", behind=[])
@example(before=["--socket", "/s"], command="speak", behind=["-o", "-", "--rate=1.5", "--", "--json"])
def test_it_means_what_it_means_to_click(before: list[str], command: str, behind: list[str]) -> None:
    arguments = [*before, command, *behind]
    with pytest.MonkeyPatch.context() as monkeypatch:
        read = seen_in_plain_words(arguments, monkeypatch)
        if read is not None:
            assert repr(read) == repr(seen_by_click(arguments, monkeypatch))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["Hello."], Options("Hello.")),
        ([], Options()),
        (["-"], Options("-")),
        (["--", "-o"], Options("-o")),
        (["Hi.", "-o", "-"], Options("Hi.", output="-")),
        (["--json", "--file=a b.txt", "-o", "x.wav"], Options(file="a b.txt", output="x.wav", as_json=True)),
        (
            ["--rate", "1.5", "--volume=.5", "--voice", "emma", "--converter=shift", "--formant", "-1", "Hi."],
            Options("Hi.", voice="emma", rate=1.5, volume=0.5, converter="shift", formant=-1.0),
        ),
        (["--priority", "progress", "--detach", "Hi."], Options("Hi.", priority="progress", detach=True)),
        (["-o", "x.wav", "--sample-rate", "8000", "Hi."], Options("Hi.", output="x.wav", sample_rate=8000)),
    ],
)
def test_the_usual_is_read_without_click(arguments: list[str], wanted: Options) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert seen_in_plain_words(["--socket=/s", "speak", *arguments], monkeypatch) == (Target("/s"), wanted)


@pytest.mark.parametrize("command", ["stop", "pause", "resume", "skip"])
def test_so_are_the_keys_of_a_player(command: str) -> None:
    assert plain.plain([command]) is not None
    assert plain.plain([command, "--json"]) is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["--version"],
        ["speak", "--rate", "fast"],
        ["speak", "--pace", "2", "Hi."],
        ["speak", "--json=1", "Hi."],
        ["speak", "--priority", "urgent", "Hi."],
        ["speak", "a", "b"],
    ],
)
def test_the_rest_is_left_to_click(arguments: list[str]) -> None:
    assert plain.plain(arguments) is None


def test_both_know_the_same_options() -> None:
    assert {parameter.name for parameter in commands.speak.params} == set(Options._fields)
    assert set(PRIORITIES) == set(get_args(Priority))
