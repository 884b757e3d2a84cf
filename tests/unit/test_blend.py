"""Names of blended voices."""

import pytest

from steadyvoice.daemon.scheduling.blended_voice import blended
from steadyvoice.ipc.blend import BadBlend, first_voice, full_name, weights
from steadyvoice.ipc.stage_protocol import VoiceMeta

NAMES = ("af_heart", "am_michael", "am_santa", "em_santa")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a+b", {"a": 0.5, "b": 0.5}),
        ("a+b:0.3", {"a": 0.7, "b": 0.3}),
        ("a:.25+b", {"a": 0.25, "b": 0.75}),
        ("a:2+b:1+c:1", {"a": 0.5, "b": 0.25, "c": 0.25}),
        ("a+b+c:0.5", {"a": 0.25, "b": 0.25, "c": 0.5}),
        ("a+b:3", {"a": 0.25, "b": 0.75}),
        ("a:0+b:1", {"a": 0.0, "b": 1.0}),
        ("a", {"a": 1.0}),
    ],
)
def test_weights(name: str, wanted: dict[str, float]) -> None:
    assert weights(name) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a+", "'' is not a voice"),
        ("a+b:x", "'b:x' is not a voice"),
        ("a+b:-1", "'b:-1' is not a voice"),
        ("a+b:1:2", "'b:1:2' is not a voice"),
        ("a+a:0.3", "it names 'a' twice"),
        ("a:0+b:0", "its weights are all 0"),
        ("a+b+c+d+e+f", "it has more than 5 voices"),
    ],
)
def test_what_is_no_blend(name: str, why: str) -> None:
    with pytest.raises(BadBlend, match=why):
        weights(name)


def test_a_full_name_stays_as_it_is() -> None:
    full = full_name("heart+michael:0.3", NAMES)
    assert full == "af_heart:0.7+am_michael:0.3"
    assert full_name(full, NAMES) == full
    assert [first_voice(name) for name in (full, "heart+michael", "af_heart")] == ["af_heart", "heart", "af_heart"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("heart+santa", "'santa' may be am_santa or em_santa"),
        ("heart+nobody", "no voice that can be blended is called 'nobody'"),
        ("heart+f_heart", "'f_heart'"),
    ],
)
def test_short_names_are_unambiguous(name: str, why: str) -> None:
    with pytest.raises(BadBlend, match=why):
        full_name(name, NAMES)


def test_a_blend_is_a_voice_of_its_engine() -> None:
    def voice(name: str, engine: str, *, blends: bool = True, installed: bool = True) -> VoiceMeta:
        return VoiceMeta(name, "en-US", 24000, "Apache-2.0", installed, engine, blends)

    voices = [
        voice("af_heart", "kokoro"), voice("am_michael", "kokoro"), voice("am_missing", "kokoro", installed=False),
        voice("heart", "hibari", blends=False), voice("x_other", "other"),
    ]  # fmt: skip
    assert blended("heart+michael:0.3", voices) == voice("af_heart:0.7+am_michael:0.3", "kokoro")
    for name, why in {
        "heart+missing": "'missing'",
        "heart+other": "different engines",
        "emma+heart": "'emma'",
    }.items():
        with pytest.raises(BadBlend, match=why):
            blended(name, voices)
    with pytest.raises(BadBlend, match="no installed voice"):
        blended("heart+michael", voices[3:4])
