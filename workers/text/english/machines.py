"""Addresses of machines in a network."""

import re

from steadyvoice.workers.text.english.address_parts import PORT, REST, SIGNS, host_and_rest, port
from steadyvoice.workers.text.english.number_words import cardinal, spelled
from steadyvoice.workers.text.english.surroundings import follows
from steadyvoice.workers.text.english.versions import VERSIONED_BEFORE
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule
from steadyvoice.workers.text.spelling import letters


def _local_host(match: re.Match[str]) -> str | None:
    return host_and_rest(match) if match["port"] or match["rest"] else None


def _ipv4(match: re.Match[str]) -> str | None:
    """Digit by digit. Four groups are also the number of a version, or of thousands with dots."""
    numbers = match["address"].split(".")
    is_grouped_number = all(len(number) == 3 for number in numbers[1:]) and any(int(number) > 255 for number in numbers)
    if is_grouped_number or follows(match, VERSIONED_BEFORE):
        return None
    words = " dot ".join(map(spelled, numbers))
    if match["prefix"]:
        words += f" slash {cardinal(match['prefix'])}"
    return words + (f" colon {port(match['port'])}" if match["port"] else "")


def _hexadecimal(match: re.Match[str]) -> str | None:
    """Digit by digit. Two colons alone also stand between names of programs: "std::cout"."""
    text = match[0]
    if not any(map(str.isdecimal, text)) or ("::" not in text and text.count(":") not in (5, 7)):
        return None
    return " ".join(letters(c) if c.isalpha() else spelled(c) if c.isdecimal() else SIGNS[c] for c in text)


RULES: tuple[Rule, ...] = (
    Rule(
        "local host",
        "l",
        lazy(rf"(?<![\w.-])(?P<host>localhost){PORT}(?P<rest>/{REST})?"),
        _local_host,
    ),
    Rule(
        "IPv4 address",
        DIGIT,
        lazy(
            r"(?<![\w.])(?P<address>\d{1,3}(?:\.\d{1,3}){3})(?![\w])(?!\.\d)"
            r"(?:/(?P<prefix>\d{1,2})(?![\w.]\d?)|:(?P<port>\d{1,5})(?!\w))?"
        ),
        _ipv4,
    ),
    Rule(
        "hexadecimal address",
        "ABCDEFabcdef" + DIGIT + ":",
        lazy(
            r"(?<![\w:.])(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|(?:[0-9A-Fa-f]{1,4}::?|::){1,8}[0-9A-Fa-f]{0,4})(?![\w:])"
        ),
        _hexadecimal,
    ),
)
