"""What speech-dispatcher sets before a message, as options of svd, and how a message is read."""

from typing import Any

import pytest

from steadyvoice.gateways.speechd.settings import Settings
from steadyvoice.gateways.speechd.speech import content
from steadyvoice.ipc.messages import VoiceInfo

ALL = [
    "pitch=50", "pitch_range=0", "rate=-100", "volume=0", "punctuation_mode=some", "spelling_mode=on",
    "cap_let_recogn=spell", "voice=female1", "language=de", "synthesis_voice=NULL",
]  # fmt: skip


def test_all_keys_are_taken() -> None:
    assert Settings().changed(ALL) == Settings(
        rate=-100, pitch=50, volume=0, punctuation="some", spelling=True, capitals="spell", voice_type="female1",
        language="de",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("rate=0", {"rate": 1.0}),
        ("rate=100", {"rate": 2.0}),
        ("rate=-100", {"rate": 0.5}),
        ("rate=75", {"rate": 1.682}),
        ("rate=1000", {"rate": 2.0}),
        ("rate=fast", {"rate": 1.0}),
        ("pitch=0", {"pitch": 0.0}),
        ("pitch=10", {"pitch": 0.0}),
        ("pitch=-11", {"pitch": -1.32}),
        ("pitch=100", {"pitch": 12.0}),
        ("pitch=-50", {"pitch": -6.0}),
        ("volume=100", {"volume": 1.0}),
        ("volume=50", {"volume": 0.75}),
        ("volume=-100", {"volume": 0.0}),
        ("punctuation_mode=all", {"punctuation": "all"}),
        ("punctuation_mode=new", {"punctuation": "none"}),
        ("spelling_mode=on", {"spelling": True}),
        ("spelling_mode=off", {"spelling": False}),
        ("cap_let_recogn=icon", {"capitals": "spell"}),
        ("cap_let_recogn=none", {"capitals": "none"}),
        ("pitch_range=20", {}),
        ("unknown=key", {}),
    ],
)
def test_options_of_a_key(line: str, options: dict[str, Any]) -> None:
    changed = Settings().changed([line])
    assert changed is not None
    assert options.items() <= changed.options().items()
    assert {**Settings().options(), **options} == changed.options()


def test_a_line_without_a_value_is_refused() -> None:
    assert Settings().changed(["rate=3", "nonsense"]) is None


def voice(name: str, language: str, *, default: bool = False, installed: bool = True) -> VoiceInfo:
    return VoiceInfo(name, language, 24000, "Apache-2.0", installed, "hibari", default)


HEART, EMMA = voice("heart", "en-US", default=True), voice("emma", "en-GB")
THORSTEN, LOUISE = voice("thorsten", "de"), voice("louise", "fr", installed=False)
TYPES = {"female1": "emma", "male1": "thorsten"}


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ([], ""),
        (["language=c"], ""),
        (["language=NULL"], ""),
        (["language=en-us"], ""),
        (["language=en-gb"], "emma"),
        (["language=en"], ""),
        (["language=de"], "thorsten"),
        (["language=fr"], ""),
        (["synthesis_voice=Emma"], "emma"),
        (["synthesis_voice=NULL", "language=de"], "thorsten"),
        (["synthesis_voice=gone"], ""),
        (["synthesis_voice=louise"], ""),
        (["synthesis_voice=thorsten", "voice=female1", "language=en"], "thorsten"),
        (["voice=female1", "language=en-us"], "emma"),
        (["voice=FEMALE1"], "emma"),
        (["voice=male1", "language=en"], ""),
        (["voice=male1"], "thorsten"),
        (["voice=male1", "language=de"], "thorsten"),
        (["voice=child_male", "language=en"], ""),
    ],
)
def test_the_voice_of_a_message(lines: list[str], name: str) -> None:
    changed = Settings().changed(lines)
    assert changed is not None
    assert changed.chosen_voice([HEART, EMMA, THORSTEN, LOUISE], TYPES) == name
    assert changed.chosen_voice([], TYPES) == ""


@pytest.mark.parametrize(
    ("command", "text", "fields"),
    [
        ("SPEAK", "<speak>Hi.</speak>", {"text": "<speak>Hi.</speak>", "ssml": True}),
        ("SPEAK", "space", {"text": "space", "ssml": True}),
        ("SPEAK", '<speak><mark name="0:1"/>h </speak>', {"ssml": True, "spelling": True}),
        ("SPEAK", "<speak>&amp;</speak>", {"ssml": True, "spelling": True}),
        ("SPEAK", "<speak>&amp;&lt;</speak>", {"text": "<speak>&amp;&lt;</speak>", "ssml": True}),
        ("SPEAK", "<speak></speak>", {"text": "<speak></speak>", "ssml": True}),
        ("CHAR", "b", {"text": "b", "say": "character"}),
        ("CHAR", "space", {"text": " ", "say": "character"}),
        ("CHAR", "x" * 33, {"text": "x" * 33, "ssml": False}),
        ("KEY", "control_c", {"text": "control_c", "say": "key"}),
        ("KEY", "space", {"text": "space", "say": "key"}),
        ("KEY", "a_" * 33, {"text": "a " * 33, "ssml": False}),
        ("SOUND_ICON", "prompt-new_mail", {"text": "prompt new mail", "ssml": False}),
    ],
)
def test_how_a_message_is_read(command: str, text: str, fields: dict[str, Any]) -> None:
    found = content(command, text)
    assert {"text": text, **fields} == found
