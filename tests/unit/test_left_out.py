"""Which optional items are left out, after which deaths, and which voice is the default then."""

import pytest

from steadyvoice.daemon.default_voice import absence, default_voice
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.ipc.stage_protocol import ConverterMeta, LeftOut, VoiceMeta

ENGINES = ("hibari", "soprano")


@pytest.mark.parametrize(
    ("what", "how", "deaths"),
    [
        ("engine soprano", {"hung": True, "killed": False}, 1),
        ("engine soprano", {"hung": False, "killed": False}, 2),
        ("engine soprano", {"hung": False, "killed": True}, 4),
        ("voice x of soprano", {"hung": True, "killed": False}, 1),
        ("converters rvc", {"hung": False, "killed": False}, 2),
        ("preload of engine hibari", {"hung": True, "killed": False}, 1),
    ],
)
def test_deaths_until_an_item_is_left_out(what: str, how: dict[str, bool], deaths: int) -> None:
    optionals = Optionals()
    for count in range(deaths):
        assert what not in optionals.fatal, count
        assert optionals.ended(what, "why", ENGINES, **how)
    assert optionals.fatal == {what}
    assert optionals.reasons == {what: "why"}
    optionals.clear()
    assert not optionals.fatal
    assert not optionals.reasons


def test_the_last_engine_is_never_left_out() -> None:
    optionals = Optionals()
    assert not optionals.ended("engine hibari", "why", ("hibari",), hung=True, killed=False)
    optionals.report(LeftOut("engine soprano", "no torch"))
    assert not optionals.ended("engine hibari", "why", ENGINES, hung=True, killed=False)
    assert not optionals.fatal


def test_deaths_before_a_successful_load_do_not_count() -> None:
    optionals = Optionals()
    for _ in range(10):
        optionals.ended("engine soprano", "why", ENGINES, hung=False, killed=False)
        optionals.loaded(["engine soprano"])
    optionals.loaded([""])
    assert not optionals.fatal


def test_each_item_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    optionals = Optionals()
    for reason in ("first", "second"):
        optionals.report(LeftOut("cache /x", reason))
    assert [record.getMessage() for record in caplog.records] == ["cache /x is left out: first"]
    for number in range(1000):
        optionals.report(LeftOut(f"voice {number} of x", "why"))
    assert len(caplog.records) == len(optionals.reasons) == 200


def voice(name: str, engine: str = "hibari", installed: bool = True) -> VoiceMeta:
    return VoiceMeta(name, "en-US", 24000, "x", installed, engine)


def test_items_left_out_are_not_installed() -> None:
    optionals = Optionals()
    for what in ("engine broken", "voice x of soprano", "converters rvc", "converter y of other"):
        optionals.report(LeftOut(what, "why"))
    known = [voice("heart"), voice("a", "broken"), voice("x", "soprano"), voice("y", "soprano"), voice("z", "q", False)]
    assert [each.installed for each in optionals.voices(known)] == [True, False, False, True, False]
    converters = [ConverterMeta(name, "x", 0.0, False, True, family) for name, family in
                  (("a", "rvc"), ("y", "other"), ("z", "other"))]  # fmt: skip
    assert [each.installed for each in optionals.converters(converters)] == [False, False, True]
    assert optionals.why_not("voice x") == "why"
    assert optionals.why_not("voice y") == ""


@pytest.mark.parametrize(
    ("wanted", "voices", "speaks"),
    [
        ("b", [voice("a"), voice("b")], "b"),
        ("c", [voice("a"), voice("b")], "a"),
        ("b", [voice("a", installed=False), voice("b", installed=False), voice("c")], "c"),
        ("a", [voice("a", installed=False)], None),
        ("a", [], None),
    ],
)
def test_the_default_voice(wanted: str, voices: list[VoiceMeta], speaks: str | None) -> None:
    found = default_voice(wanted, voices)
    assert (found and found.name) == speaks


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("here", ""),
        ("away", "not installed: svctl voices pull away"),
        ("damaged", "not usable; see svctl voices"),
        ("nobody", "no engine has it; see svctl voices"),
    ],
)
def test_why_the_configured_voice_is_not_used(wanted: str, why: str) -> None:
    known = [voice("here"), voice("away", installed=False), voice("damaged", "soprano", installed=False)]
    assert absence(wanted, known) == why
