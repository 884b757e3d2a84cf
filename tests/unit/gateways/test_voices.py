"""The voice that a client of a gateway gets."""

import pytest

from steadyvoice.gateways import voices
from steadyvoice.ipc.messages import VoiceInfo


def voice(name: str, language: str, *, installed: bool = True, default: bool = False) -> VoiceInfo:
    return VoiceInfo(name, language, 24_000, "Apache-2.0", installed, "hibari", default)


VOICES = [
    voice("nova", "en-US"),
    voice("heart", "en-US", default=True),
    voice("emma", "en-GB"),
    voice("siwis", "fr-FR"),
    voice("anna", "de-DE", installed=False),
]
ALIASES = {"Alloy": "Emma", "onyx": "anna", "heart": "nova"}


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("nova", "nova"), ("NOVA", "nova"), ("alloy", "emma"), ("onyx", None), ("anna", None), ("bob", None), ("", None),
     ("heart", "heart")],
)  # fmt: skip
def test_named(wanted: str, name: str | None) -> None:
    found = voices.named(wanted, VOICES, ALIASES)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "heart"), ("en-GB", "emma"), ("en_gb", "emma"), ("EN-us", "heart"), ("en-AU", "heart"), ("fr", "siwis"),
     ("fr-CA", "siwis"), ("de", None), ("e", None), ("", None)],
)  # fmt: skip
def test_speaking(language: str, name: str | None) -> None:
    found = voices.speaking(language, VOICES)
    assert (found and found.name) == name


def test_default() -> None:
    found = voices.default(VOICES)
    assert found is not None
    assert found.name == "heart"
    assert voices.default([voice("a", "en", installed=False, default=True)]) is None
