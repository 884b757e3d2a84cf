"""The scan that applies rules: precedence, spaces, and where each word comes from."""

import re

from steadyvoice.workers.text.rules import DIGIT, LETTER, OTHER, Rule, RuleSet
from steadyvoice.workers.text.spelling import letters
from steadyvoice.workers.text.traced import Traced, words


def rule(first: str, pattern: str, said: str | None) -> Rule:
    return Rule("test", first, re.compile(pattern), lambda _: said)


def test_the_first_rule_that_applies_wins() -> None:
    rules = RuleSet([rule(DIGIT, r"\d\b", None), rule(DIGIT, r"\d{2}", "two digits"), rule(DIGIT, r"\d+", "digits")])
    assert rules.apply(Traced.of("1 22 333")) == "digits two digits two digits 3"


def test_what_was_read_is_not_read_again() -> None:
    rules = RuleSet([rule(DIGIT, r"\d+", "one"), rule(LETTER, r"one", "two")])
    assert rules.apply(Traced.of("1 one")) == "one two"


def test_spaces_separate_words_from_letters_and_digits() -> None:
    rules = RuleSet([rule(DIGIT, r"\d+", "number"), rule("%", "%", "percent")])
    assert rules.apply(Traced.of("a1b 5% (7)")) == "a number b number percent (number)"


def test_a_space_follows_the_letter_a() -> None:
    rules = RuleSet([rule(LETTER, "A", letters("a")), rule("♠", "♠", "of spades")])
    assert rules.apply(Traced.of("A♠")) == letters("a") + " of spades"


def test_marks_have_no_space_before_them() -> None:
    rules = RuleSet([rule("|", r"\|", ","), rule("*", r"\*", "times"), rule("[", r"\[", "(")])
    assert rules.apply(Traced.of("a|b*c[d")) == "a, b times c(d"


def test_a_rule_for_other_characters_takes_those_that_no_rule_names() -> None:
    rules = RuleSet([rule("☎", "☎", None), rule(OTHER, r"\S", "sign")])
    assert rules.apply(Traced.of("☎ ☂ 5 a")) == "☎ sign 5 a"


def test_nothing_is_said_of_an_empty_reading() -> None:
    rules = RuleSet([rule("*", r"\*", "")])
    assert rules.apply(Traced.of("a *b* c")) == "a b c"


def test_each_word_comes_from_its_expression() -> None:
    rules = RuleSet([rule(DIGIT, r"\d+:\d+ pm", "seven thirty pm"), rule("&", "&", "and")])
    source = "at 7:30 pm & noon"
    text = rules.apply(Traced.of(source))
    origins = [source[slice(*text.origin(start, end))] for start, end in words(text)]
    assert list(zip(text.split(), origins, strict=True)) == [
        ("at", "at"), ("seven", "7:30"), ("thirty", "7:30"), ("pm", "pm"), ("and", "&"), ("noon", "noon"),
    ]  # fmt: skip
