"""Times of day and durations."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import times
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("at 8:45 p.m. sharp", "at eight forty five p m sharp"),
        ("at 8:00 am", "at eight a m"),
        ("11 A.M.", "eleven a m"),
        ("by 6pm", "by six p m"),
        ("10:15PM", "ten fifteen p m"),
        ("8.45pm", "eight forty five p m"),
        ("at 12:00", "at twelve o'clock"),
        ("at 1:00", "at one o'clock"),
        ("at 06:00", "at six o'clock"),
        ("at 16:00", "at sixteen o'clock"),
        ("at 00:00", "at midnight"),
        ("at 00:05", "at zero oh five"),
        ("at 9:05", "at nine oh five"),
        ("at 23:59", "at twenty three fifty nine"),
        ("18:45h", "eighteen forty five"),
        ("from 8:00–16:30", "from eight o'clock to sixteen thirty"),
        ("8:30am-5pm", "eight thirty a m to five p m"),
        ("5-6:30 p.m.", "five to six thirty p m"),
        ("9–11 am", "nine to eleven a m"),
        ("8:30 - 9:15", "eight thirty to nine fifteen"),
        ("11:20:31", "eleven hours twenty minutes and thirty one seconds"),
        ("7:30 EST", "seven thirty e s t"),
        ("7 p.m. PT", "seven p m p t"),
        ("14:00 UTC", "fourteen o'clock u t c"),
        ("9:30 GMT+1", "nine thirty g m t plus one"),
        ("9:30 (UTC−5:30)", "nine thirty u t c minus five thirty"),
        ("at 6h30", "at six thirty"),
        ("UTC+02:00", "u t c plus two"),
        ("at 0900 hours", "at zero nine hundred hours"),
        ("at 1435 hrs", "at fourteen thirty five hours"),
        ("0805 hours", "zero eight oh five hours"),
        ("at 2000 hours", "at twenty hundred hours"),
        ("Mon 9:30", "monday nine thirty"),
        ("21:00", "twenty one o'clock"),
        ("3:01:01", "three hours one minute and one second"),
        ("02:03:04", "two hours three minutes and four seconds"),
        ("9:00:00 p.m. is late", "nine hours zero minutes and zero seconds p m is late"),
        ("9:00:05 AM", "nine hours zero minutes and five seconds a m"),
        ("at 12:30:15.5", "at twelve hours thirty minutes fifteen point five seconds"),
        ("7:15 p.m. e.s.t. on Monday", "seven fifteen p m e s t on monday"),
        ("7 a.m. P.S.T", "seven a m p s t"),
        ("At 1200 UTC it rained", "at twelve hundred u t c it rained"),
        ("at 0615 GMT", "at zero six fifteen g m t"),
        (
            "from 1:02:03-1:05:00",
            "from one hour two minutes and three seconds to one hour five minutes and zero seconds",
        ),
        ("24:00", "twenty four o'clock"),
        ("Ruth 3:16", "ruth three sixteen"),
        ("Ruth 3:16-18", "ruth three sixteen to eighteen"),
    ],
)
def test_times_of_day(text: str, said: str) -> None:
    assert words(text) == said


def test_the_stop_of_an_abbreviation_that_ends_the_sentence_stays() -> None:
    assert spoken("We met at 8 p.m.", "en-US") == "We met at eight P M."
    assert spoken("We met at 8 p.m. on Monday.", "en-US") == "We met at eight P M on Monday."
    assert spoken("We met at 8 p.m., then left.", "en-US") == "We met at eight P M, then left."
    assert spoken("He ran for 5 min. before noon.", "en-US") == "He ran for five minutes before noon."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5min", "five minutes"),
        ("1 min", "one minute"),
        ("80 mins", "eighty minutes"),
        ("45s", "forty five seconds"),
        ("wait 30s", "wait thirty seconds"),
        ("in 20s", "in twenty seconds"),
        ("1.5s", "one point five seconds"),
        ("2h15m", "two hours fifteen minutes"),
        ("2h 15m 10s", "two hours fifteen minutes ten seconds"),
        ("1h", "one hour"),
        ("2h30", "two hours thirty minutes"),
        ("2m05s", "two minutes five seconds"),
        ("8 hrs", "eight hours"),
        ("1 hr 20 min", "one hour twenty minutes"),
        ("1m30s", "one minute thirty seconds"),
        ("3d 4h", "three days four hours"),
        ("20ms", "twenty milliseconds"),
        ("15 µs", "fifteen microseconds"),
        ("5-10 min", "five to ten minutes"),
        ("a 5 min break", "a five minute break"),
        ("a 10-min walk", "a ten minute walk"),
        ("5m ago", "five minutes ago"),
        ("wait 10m", "wait ten minutes"),
        ("ran in 45:30", "ran in forty five minutes thirty seconds"),
        ("took 1:23:45", "took one hour twenty three minutes forty five seconds"),
        ("She ran it in 3:51.2.", "she ran it in three minutes fifty one point two seconds"),
        ("a duration of 4:05", "a duration of four minutes five seconds"),
        ("~5 min", "about five minutes"),
        ("4:30 hours", "four hours thirty minutes"),
        ("1:30:00 hours", "one hour thirty minutes"),
        ("12:30 minutes", "twelve minutes thirty seconds"),
        ("½ h", "half an hour"),
    ],
)
def test_durations(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "16:9", "3:1", "a ratio of 16:10", "16:10 screen", "25:30", "9:75", "1:2:3", "10:20:30:40", "fe80::12:34",
        "foo.py:12:34", "Psalm 119:105", "I am 7 years", "at 7 amps", "7 amp", "13 apples", "100s of people",
        "in their 30s", "took 1500 hours", "2000 hours of work", "1234", "5 h-index", "5m wide", "20 m", "5M",
        "5 mint", "the 747s", "in 747s", "the 501s", "5 S", "3D", "3d", "EST", "PT boats", "9-5", "pages 9-11",
        "the 30s", "5 ms-dos", "B 10:20:3",
    ],
)  # fmt: skip
def test_no_time(text: str) -> None:
    assert RuleSet(times.RULES).apply(Traced.of(text)) == text
