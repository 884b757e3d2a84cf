"""Patterns that compile at their first use, and their guards."""

import pkgutil
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers import text as front_end
from steadyvoice.workers.forkserver import compile_patterns
from steadyvoice.workers.text import languages, patterns
from steadyvoice.workers.text.english import amounts, currencies, fractions, measures, money, ranges, times, units
from steadyvoice.workers.text.patterns import lazy, one_of

_AT_START = """
import re, sys
real, callers = re.compile, set()
def compile(*arguments, **named):
    callers.add(sys._getframe(1).f_globals["__name__"])
    return real(*arguments, **named)
re.compile = compile
import steadyvoice.workers.stages.generator
print(*(name for name in callers if name.startswith("steadyvoice.workers.text")))
print(*(name for name in sys.modules if name.startswith("steadyvoice.workers.text")))
"""


def test_a_start_compiles_no_rule_and_loads_no_other_language() -> None:
    python = [sys.executable, "-P", "-c", _AT_START]
    callers, modules = subprocess.run(python, capture_output=True, text=True, check=True).stdout.splitlines()
    assert callers == "steadyvoice.workers.text.ssml.parser", "which has a pattern of bytes"
    assert "steadyvoice.workers.text.english.measures" in modules
    assert not {"spanish", "french", "german", "italian", "portuguese", "expressions"} & {
        name.rpartition(".")[2] for name in modules.split()
    }


def test_every_pattern_compiles() -> None:
    for module in pkgutil.walk_packages(front_end.__path__, f"{front_end.__name__}."):
        import_module(module.name)
    for language in languages.WITH_RULES:
        assert languages.rules(language) is not None
    while patterns.compile_next():
        pass


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5, as in Debian 12, matches some of these wrongly (python/cpython#106052): write (?>...)."""
    for path in Path(front_end.__path__[0]).rglob("*.py"):
        text = re.sub(r"\[(?:\\.|[^\]\\\n])*\]", "[]", path.read_text())
        assert not re.search(r"\)(?:[+*?]|\{\{?[\d,]+\}?\})\+", text), path


def test_a_fault_of_a_pattern_shows_at_its_first_use() -> None:
    faulty = lazy("(")
    with pytest.raises(re.error):
        faulty.search("")


@pytest.mark.parametrize("flags", [0, re.IGNORECASE])
def test_a_pattern_answers_as_one_of_the_library(flags: int) -> None:
    mine, real = lazy(r"(?P<word>[a-c]+)(\d)?", flags), re.compile(r"(?P<word>[a-c]+)(\d)?", flags)
    text = "xabC1 B c3"
    for _ in range(2):
        assert (mine.pattern, mine.flags, mine.groups) == (real.pattern, real.flags, real.groups)
        assert str(mine.match(text, 1, 3)) == str(real.match(text, 1, 3))
        assert str(mine.fullmatch("ab2")) == str(real.fullmatch("ab2"))
        assert str(mine.search(text)) == str(real.search(text))
        assert list(map(str, mine.finditer(text))) == list(map(str, real.finditer(text)))
        assert mine.findall(text) == real.findall(text)
        assert mine.split(text) == real.split(text)
        assert mine.sub("-", text) == real.sub("-", text)
        assert mine.subn("-", text) == real.subn("-", text)


def test_a_pattern_whose_guard_does_not_match_is_not_compiled() -> None:
    guarded = lazy(r"a(", guard=re.compile("a"))
    assert guarded.match("b") is None
    assert guarded.match("ab", 1) is None
    with pytest.raises(re.error):
        guarded.match("a")


def _guarded() -> Iterator[tuple[re.Pattern[str], re.Pattern[str]]]:
    for rule in (*fractions.RULES, *measures.RULES, *money.RULES, *ranges.RULES, *times.RULES):
        if (guard := getattr(rule.pattern, "guard", None)) is not None:
            yield re.compile(rule.pattern.pattern, rule.pattern.flags), guard


def _text(*parts: str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.sampled_from(part.split("|")) for part in parts)).map("".join)


_AMOUNTS = _text(
    "|(|of |per |two million |hundred ",
    "|~|~ |≈ -|+|±|–",
    "||US $|NZ$|Rs.|€|£ ",
    "||-",
    ".5|5|½|1/2|1,000|2.5|1-2",
    "|| |-|\u202f|/| – 3|x4 ",
    "kg|km/h|m|s|EUR|million|k|p|%|)|",
    "||/kg|.| x",
)


@given(_AMOUNTS | _text("two |", "million |hundred |per ", "kg|km/h|1000 km|%|words"))
def test_a_guard_matches_wherever_its_pattern_does(text: str) -> None:
    rules = list(_guarded())
    assert rules
    for pattern, guard in rules:
        for at in range(len(text)):
            if pattern.match(text, at):
                assert guard.match(text, at), (pattern.pattern[:40], at)


def test_the_forkserver_compiles_while_the_daemon_wants_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lazy("a")
        theirs.send(b"a request")
        compile_patterns(ours, 0.1)
        assert patterns.compile_next(), "the request comes first"
        lazy("b")
        ours.recv(100)
        compile_patterns(ours, 0.1)
        assert not patterns.compile_next()


@pytest.mark.parametrize("words", [["a"], ["a", "ab"], ["m", "km", "kg", "kΩ", "m²", "µm", "Ω"], ["$", "US$", "^]-\\"]])
def test_any_of_the_words_and_nothing_else(words: list[str]) -> None:
    pattern = re.compile(one_of(words))
    assert [word for word in words if not pattern.fullmatch(word)] == []
    for word in words:
        assert [part for part in (word[1:], word + "b") if part not in words and pattern.fullmatch(part)] == []


@given(st.data())
@pytest.mark.parametrize("table", [units.NAMES, currencies.CURRENCIES], ids=["units", "currencies"])
def test_the_longest_word_that_fits(table: dict[str, object], data: st.DataObject) -> None:
    signs = st.sampled_from(sorted({sign for word in table for sign in word}))
    text = data.draw(st.sampled_from(sorted(table))) + data.draw(st.text(signs, max_size=3))
    text = text[data.draw(st.integers(0, 2)) :]
    longest = max((word for word in table if text.startswith(word)), key=len, default=None)
    match = re.match(one_of(table), text)
    assert (match and match[0]) == longest


def test_ordinary_words_are_no_amount() -> None:
    assert amounts.HAS_NUMBER.match("Hello there, and so on.") is None
