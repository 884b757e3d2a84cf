"""Times of day and durations."""

import re
from itertools import pairwise
from typing import Final

from steadyvoice.workers.text.english.amounts import (
    GAP,
    HAS_NUMBER,
    NOT_INSIDE,
    NUMBER,
    SIGN,
    SIGNS,
    Amount,
    amount,
    counted,
    decimal_words,
    is_attributive,
)
from steadyvoice.workers.text.english.number_words import ONES, cardinal
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule
from steadyvoice.workers.text.spelling import letters

_ZONES: Final = (
    "UTC|GMT|EST|EDT|ET|CST|CDT|CT|MST|MDT|MT|PST|PDT|PT|AKST|HST|BST|WET|CET|CEST|EET|EEST|MSK|IST|JST|KST|HKT|SGT|"
    "AEST|AEDT|ACST|AWST|NZST|NZDT|SAST|BRT|ART"
)
_DOTTED_ZONES: Final = r"[ECMPecmp]\.[SDsd]\.[Tt]\.?|[Gg]\.[Mm]\.[Tt]\.?|[Uu]\.[Tt]\.[Cc]\.?"
_OFFSET: Final = r"(?P<offset_sign>[+−–-])(?P<offset_hour>\d{1,2})(?::?(?P<offset_minute>[0-5]\d))?(?![\w:])"
_ZONE: Final = rf"(?:(?:{GAP}?(?P<zone>{_ZONES}|{_DOTTED_ZONES})(?![\w])(?:{GAP}?{_OFFSET})?)|(?P<zulu>Z)(?!\w))"
_HALF: Final = rf"(?:{GAP}?(?:[aApP]\.\s?[mM]\.?|[aApP][mM]))(?!\w)"


_CLOCK: Final = r"(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)"
_SECONDS: Final = r"(?::(?P<s>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?)?"
_BEFORE: Final = r"(?<![\w:/.,+$€£-])"
_AFTER: Final = r"(?![\w:°%]|[.,]\d)"
_TIME: Final = lazy(
    rf"{_BEFORE}{_CLOCK}{_SECONDS}(?P<half>{_HALF})?(?:{GAP}?(?:h|hrs)(?![\w.]))?{_ZONE}?{_AFTER}(?![-–]\d)"
)
_HOUR: Final = lazy(rf"{_BEFORE}(?P<h>[01]?\d|2[0-3])(?:\.(?P<m>[0-5]\d))?(?P<half>{_HALF}){_ZONE}?{_AFTER}")
_RANGE: Final = lazy(
    rf"{_BEFORE}(?P<h1>[01]?\d|2[0-4])(?:[:.](?P<m1>[0-5]\d))?(?P<half1>{_HALF})?\s?[-–—]\s?"
    rf"(?P<h2>[01]?\d|2[0-4])(?:[:.](?P<m2>[0-5]\d))?(?P<half2>{_HALF})?(?:{GAP}?(?:h|hrs)(?![\w.]))?{_ZONE}?{_AFTER}"
)
_TO_SECOND: Final = lazy(
    rf"{_BEFORE}(?P<h1>\d{{1,2}}):(?P<m1>[0-5]\d):(?P<s1>[0-5]\d)\s?[-–—]\s?"
    rf"(?P<h2>\d{{1,2}}):(?P<m2>[0-5]\d):(?P<s2>[0-5]\d){_AFTER}"
)
_RATIO_BEFORE: Final = lazy(r"\b(?:ratio|aspect|odds|scale)\b\W{0,2}(?:\w{1,4}\s){0,2}$", re.IGNORECASE)
_RATIO_AFTER: Final = lazy(r"\s(?:aspect|ratio|display|screen|monitor|odds|scale|mix)\b", re.IGNORECASE)


def clock(hour: str, minute: str | None, *, half: str | None = None) -> str:
    """half: "am" or "pm" in any form; a full hour is said without "o'clock" before it, or where minute is None."""
    words = cardinal(int(hour))
    if half or minute is None:
        words = f"{words} {_minute(minute or '00')}".strip()
        return f"{words} {letters(half or '')}".strip()
    if minute != "00":
        return f"{words} {_minute(minute)}"
    if int(hour) == 0:
        return "midnight"
    return f"{words} o'clock"


def _minute(minute: str) -> str:
    if minute == "00":
        return ""
    return cardinal(minute) if minute[0] != "0" else f"oh {ONES[int(minute)]}"


def seconds(whole: str | None, fraction: str | None) -> str:
    """What follows the minutes of a time of day; "" for no seconds."""
    if whole is None or (int(whole) == 0 and not fraction):
        return ""
    name = "second" if whole == "01" and not fraction else "seconds"
    return f" and {decimal_words(str(int(whole)), fraction or '')} {name}"


def offset(sign: str, hour: str, minute: str | None) -> str:
    """From universal time: "plus five thirty"; "" for none."""
    if int(hour) == int(minute or 0) == 0:
        return ""
    return f"{'plus' if sign == '+' else 'minus'} {cardinal(int(hour))} {_minute(minute or '00')}".strip()


def _zone(match: re.Match[str]) -> str:
    if match["zulu"]:
        return " " + letters("UTC")
    if not match["zone"]:
        return ""
    words = " " + letters(match["zone"])
    if match["offset_sign"]:
        words += " " + offset(match["offset_sign"], match["offset_hour"], match["offset_minute"])
    return words


def _stop(match: re.Match[str]) -> str:
    """The full stop of "p.m." is also that of the sentence at its end."""
    is_last = not any(map(str.isalnum, match.string[match.end() :]))
    return "." if is_last and match[0].endswith(".") else ""


def _read_time(match: re.Match[str]) -> str | None:
    if not match["half"] and (follows(match, _RATIO_BEFORE) or precedes(match, _RATIO_AFTER)):
        return None
    if match.groupdict().get("s"):
        words = f"{_hours_to_seconds(match['h'], match['m'], match['s'], match['f'])} {letters(match['half'] or '')}"
        words = words.strip()
    else:
        words = clock(match["h"], match["m"], half=match["half"])
    return words + _zone(match) + _stop(match)


def _hours_to_seconds(hours: str, minutes: str, whole: str, fraction: str | None) -> str:
    numbers = [amount(number[:-1].lstrip("0") + number[-1]) for number in (hours, minutes)]
    words = [counted(number, name, name + "s") for number, name in zip(numbers, ("hour", "minute"), strict=True)]
    name = "second" if int(whole) == 1 and not fraction else "seconds"
    return f"{' '.join(words)} and {decimal_words(str(int(whole)), fraction or '')} {name}"


def _read_range(match: re.Match[str]) -> str | None:
    first_minute, second_minute, half = match["m1"], match["m2"], match["half2"]
    has_point = re.search(r"\d\.\d", match[0]) is not None
    if not half and (has_point or first_minute is None or (match["half1"] and second_minute is None)):
        return None
    first = clock(match["h1"], first_minute, half=match["half1"])
    if half and not match["half1"] and first_minute == "00":
        first = cardinal(int(match["h1"]))
    return f"{first} to {clock(match['h2'], second_minute, half=half)}{_zone(match)}{_stop(match)}"


def _read_range_to_second(match: re.Match[str]) -> str:
    """ "1:02:03-1:05:00"."""
    first, second = (_hours_to_seconds(match["h" + n], match["m" + n], match["s" + n], None) for n in "12")
    return f"{first} to {second}"


_MILITARY: Final = lazy(
    rf"{_BEFORE}(?:(?P<h1>[01]\d|2[0-4])(?P<m1>[0-5]\d)\s?[-–—]\s?)?(?P<h2>[01]\d|2[0-4])(?P<m2>[0-5]\d)"
    rf"{GAP}?(?:hours|hrs|h|(?P<zone>UTC|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT))(?!\w)"
)
_AT: Final = lazy(r"\b(?:at|by|until|till|before|after|from|since|around|to)\s$", re.IGNORECASE)


def _read_military(match: re.Match[str]) -> str | None:
    first = match["h1"] or match["h2"]
    if first[0] != "0" and not match["zone"] and not follows(match, _AT):
        return None
    words = f"{_military(match['h2'], match['m2'])} {letters(match['zone']) if match['zone'] else 'hours'}"
    return f"{_military(match['h1'], match['m1'])} to {words}" if match["h1"] else words


def _military(hour: str, minute: str) -> str:
    words = cardinal(int(hour)) if hour[0] != "0" or hour == "00" else f"zero {ONES[int(hour)]}"
    return f"{words} {_minute(minute) or 'hundred'}"


_HOUR_SIGN: Final = lazy(rf"{_BEFORE}(?P<h>[01]?\d|2[0-3])h(?P<m>[0-5]\d)(?![\w:])")


def _read_hour_sign(match: re.Match[str]) -> str:
    """A time of day as in French, "14h30", or a duration, "2h30"."""
    if int(match["h"]) >= 7 or follows(match, _AT):
        return clock(match["h"], match["m"])
    return _duration(match, [(amount(match["h"].lstrip("0") or "0"), 1), (amount(match["m"].lstrip("0") or "0"), 2)])


_UNIVERSAL: Final = lazy(rf"(?P<zone>UTC|GMT){GAP}?{_OFFSET}")


def _read_universal(match: re.Match[str]) -> str:
    words = offset(match["offset_sign"], match["offset_hour"], match["offset_minute"])
    return f"{letters(match['zone'])} {words}".strip()


_RANKS: Final = {"d": 0, "h": 1, "m": 2, "s": 3, "ms": 4}
_PART_NAMES: Final = ("day", "hour", "minute", "second", "millisecond")
_PART: Final = r"\d{1,4}(?:\.\d{1,3})?\s?(?:days?|d|hours?|hrs?|h|minutes?|mins?|ms|m|seconds?|secs?|s)(?![A-Za-z])"
_PARTS: Final = lazy(rf"{NOT_INSIDE}{_PART}(?:,?\s?{_PART}){{1,4}}(?![\w])")
_ONE_PART: Final = lazy(r"(\d{1,4}(?:\.\d{1,3})?)\s?([a-z]{1,7})")


def _read_parts(match: re.Match[str]) -> str | None:
    """A duration in several units: "2h15m"."""
    parts = [
        (amount(number.lstrip("0") or "0"), _RANKS[unit if unit == "ms" else unit[0]])
        for number, unit in _ONE_PART.findall(match[0])
    ]
    ranks = [rank for _, rank in parts]
    if any(later <= earlier for earlier, later in pairwise(ranks)):
        return None
    return _duration(match, parts)


def _duration(match: re.Match[str], parts: list[tuple[Amount, int]]) -> str:
    ending = "" if is_attributive(match.string, match.start(), match.end()) else "s"
    return " ".join(counted(number, _PART_NAMES[rank], _PART_NAMES[rank] + ending) for number, rank in parts)


_ELAPSED: Final = lazy(
    rf"{_BEFORE}(?:(?P<h>\d{{1,3}}):)?(?P<m>\d{{1,2}}):(?P<s>[0-5]\d)(?:\.(?P<f>\d{{1,3}}))?"
    rf"(?:{GAP}(?P<unit>hours|hrs|minutes|mins|min)(?!\w))?(?![\w:%°]|[.,]\d|[-–]\d)"
)
_BEFORE_ELAPSED: Final = lazy(
    r"\b(?:took|takes?|lasted|lasts?|duration|length|runtime|elapsed|uptime|(?:a|the) time|record)"
    r"(?:\s(?:of|is|was|about|only|just))?:?\s$",
    re.IGNORECASE,
)
_IN: Final = lazy(r"\b(?:in|after|of|within)\s$", re.IGNORECASE)


def _read_elapsed(match: re.Match[str]) -> str | None:
    is_long = match["h"] or int(match["m"]) > 24  # no time of day
    is_elapsed = follows(match, _BEFORE_ELAPSED) or (is_long and follows(match, _IN))
    if not match["f"] and int(match["m"]) < 60 and not is_elapsed and not match["unit"]:
        return None
    if match["unit"] and match["unit"].startswith("h") and not match["h"]:
        return _duration(match, [(amount(match["m"]), 1), (amount(str(int(match["s"]))), 2)])
    values = [(match["h"] or "0", 1), (match["m"], 2), (match["s"] + ("." + match["f"] if match["f"] else ""), 3)]
    return _duration(match, [(amount(value.lstrip("0") or "0"), rank) for value, rank in values if value.strip("0.")])


_GLUED: Final = lazy(
    rf"{NOT_INSIDE}(?P<first>{SIGN}{NUMBER})(?:\s?[-–—]\s?(?P<second>{NUMBER}))?(?P<unit>[sm])(?![\w°^²/]|['’]\w|[.-][A-Za-z])",
    guard=HAS_NUMBER,
)
_WAIT: Final = lazy(
    r"(?:\b(?:for|in|after|every|within|took|takes|takes|lasts|lasted|wait|waits|waited|about|only|just|than|in under|"
    r"timeout|delay|pause|last|first|next|to|by|plus|another|a)\s|[=:~≈<>(]\s?)$",
    re.IGNORECASE,
)
LASTING: Final = lazy(
    r"[\s-](?:ago|later|left|remaining|timeouts?|delays?|pauses?|breaks?|clips?|videos?|windows?|intervals?|reads?|long|"
    r"each|per|elapsed|max|min)\b"
)
_LONG_WAIT: Final = lazy(r"(?:\b(?:for|after|within|took|takes|lasted|wait|waited|timeout)\s|[=:~≈(]\s?)$")
_WAIT_MINUTES: Final = lazy(r"\b(?:wait|waits|waited|waiting|timeout|took|takes|lasted|lasts)(?:\s(?:of|for))?:?\s$")
_AGO: Final = lazy(r"[\s-](?:ago|later|reads?|left|remaining|timeouts?|breaks?|delays?)\b")
_LAST: Final = lazy(r"[.,;!?]?$")


def _read_glued(match: re.Match[str]) -> str | None:
    """Seconds, not the plural of a number, and minutes, not metres: by what surrounds the number."""
    text, digits = match.string, match["second"] or match["first"]
    if match["unit"] == "m":
        is_soon = follows(match, _IN) and precedes(match, _LAST)
        if not (is_soon or precedes(match, _AGO) or follows(match, _WAIT_MINUTES)):
            return None
    elif not _is_seconds(match, digits):
        return None
    name = "second" if match["unit"] == "s" else "minute"
    names = (name, name if is_attributive(text, match.start(), match.end()) else name + "s")
    first = amount(match["first"])
    if match["second"]:
        return f"{first.words} to {counted(amount(match['second']), *names)}"
    return counted(first, *names)


def _is_seconds(match: re.Match[str], digits: str) -> bool:
    if "," in digits:
        return follows(match, _WAIT)
    if not digits.isdecimal():
        return True
    text = match.string
    if text.startswith(" of", match.end()) or len(digits) > 3:
        return False
    if len(digits) == 3:
        return follows(match, _LONG_WAIT)
    if follows(match, _WAIT) or precedes(match, LASTING):
        return True
    return len(digits) == 2 and digits[0] != "0" and text.strip("().,;:!? ") == match[0]


RULES: tuple[Rule, ...] = (
    Rule("duration", DIGIT, _PARTS, _read_parts),
    Rule("duration", DIGIT, _ELAPSED, _read_elapsed),
    Rule("times", DIGIT, _TO_SECOND, _read_range_to_second),
    Rule("times", DIGIT, _RANGE, _read_range),
    Rule("time", DIGIT, _TIME, _read_time),
    Rule("time", DIGIT, _HOUR, _read_time),
    Rule("time", DIGIT, _MILITARY, _read_military),
    Rule("time", DIGIT, _HOUR_SIGN, _read_hour_sign),
    Rule("zone", "GU", _UNIVERSAL, _read_universal),
    Rule("duration", DIGIT + SIGNS, _GLUED, _read_glued),
)
