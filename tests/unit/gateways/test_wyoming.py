"""Decisions of the Wyoming gateway: events, voices, and which machines may connect."""

import asyncio
import ipaddress
import socket

import msgspec
import pytest
from support.wyoming_client import Info

from steadyvoice.gateways.wyoming import access, events, info
from steadyvoice.gateways.wyoming.events import BadEvent, BadFraming, Event, Synthesize, Voice
from steadyvoice.ipc.addresses import BadAddress
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.messages import VoiceInfo

KNOWN = [
    VoiceInfo("anna", "de-DE", 22050, "MIT", True, "piper", False),
    VoiceInfo("heart", "en-US", 24000, "Apache-2.0", True, "hibari", True),
    VoiceInfo("emma", "en-GB", 24000, "Apache-2.0", True, "kokoro", False),
    VoiceInfo("gone", "fr-FR", 24000, "Apache-2.0", False, "kokoro", False),
]


def read(data: bytes) -> Event | None:
    async def main() -> Event | None:
        reader = asyncio.StreamReader(limit=events.MAX_LINE)
        reader.feed_data(data)
        reader.feed_eof()
        return await events.read(reader)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (b'{"type":"ping","data":{"text":"a"}}\n', Event("ping", {"text": "a"})),
        (b'{"type":"ping","version":"1.10.2","data_length":12}\n{"text":"a"}', Event("ping", {"text": "a"})),
        (b'{"type":"ping","data":{"text":"a","b":1},"data_length":7}\n{"b":2}', Event("ping", {"text": "a", "b": 2})),
        (b'{"type":"synthesize-start"}\n', Event("synthesize-start", {})),
        (b'{"type":"synthesize-start","data":null,"payload_length":null}\n', Event("synthesize-start", {})),
        (b'{"type":"audio-chunk","data":{},"payload_length":3}\nabc{"type":"ping"}\n', Event("audio-chunk", {})),
        (b"\n", Event("", {})),
        (b"", None),
        (b'{"type":"ping"}', Event("ping", {})),
        (b'{"type":"ping","data_length":12}\n{"text"', None),
        (b'{"type":"ping","payload_length":12}\n', None),
    ],
)
def test_an_event(data: bytes, event: Event | None) -> None:
    assert read(data) == event


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", BadEvent, "not an event"),
        (b"[1]\n", BadEvent, "not an event"),
        (b'{"type":1}\n', BadEvent, "type"),
        (b'{"type":"ping","data":"text"}\n', BadEvent, "data"),
        (b'{"type":"\xff"}\n', BadEvent, "not an event"),
        (b'{"type":"ping","data":{"a":' + b"[" * 100_000 + b"\n", BadEvent, "not an event"),
        (b'{"type":"ping","data_length":2}\n[]', BadEvent, "no JSON object"),
        (b'{"type":"ping","data_length":1}\n{', BadEvent, "no JSON object"),
        (b'{"type":"ping","data_length":-1}\n', BadFraming, "data_length is -1"),
        (b'{"type":"ping","data_length":1000000000000}\n', BadFraming, "data_length"),
        (b'{"type":"ping","payload_length":1000000000000}\n', BadFraming, "payload_length"),
        (b'{"type":"ping","data_length":"5"}\n', BadFraming, "length is unknown"),
        (b"x" * (events.MAX_LINE + 1), BadFraming, "longer than 1 MiB"),
    ],
)
def test_what_is_no_event(data: bytes, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        read(data)


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        ({}, Synthesize()),
        ({"text": "a", "voice": None, "text_format": None, "context": {"x": 1}}, Synthesize("a")),
        ({"text": "a", "voice": {}}, Synthesize("a", Voice())),
        ({"text": "a", "voice": {"name": "heart", "speaker": None}}, Synthesize("a", Voice("heart"))),
        ({"voice": {"language": "en_US"}, "text_format": "ssml"}, Synthesize("", Voice(language="en_US"), "ssml")),
    ],
)
def test_fields_of_a_request(data: dict[str, object], request_: Synthesize) -> None:
    assert events.request(Event("synthesize", data)) == request_


@pytest.mark.parametrize("data", [{"text": 5}, {"text": None}, {"voice": "heart"}, {"voice": {"name": 5}}])
def test_fields_of_another_type(data: dict[str, object]) -> None:
    with pytest.raises(BadEvent, match=r"synthesize: .*`\$\.(text|voice)"):
        events.request(Event("synthesize", data))


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (Voice("HEART"), "heart"),
        (Voice("anna", speaker="emma"), "anna"),
        (Voice("vctk", speaker="emma"), "emma"),
        (Voice(language="de"), "anna"),
        (Voice(language="en_GB"), "emma"),
        (Voice(language="en-AU"), "heart"),
        (Voice("de_DE-thorsten-medium"), "anna"),
        (Voice("en_GB-alan-low"), "emma"),
        (Voice("unheard", language="de_AT"), "anna"),
    ],
)
def test_voice_for_a_request(wanted: Voice, name: str) -> None:
    assert info.choose(wanted, KNOWN).name == name


@pytest.mark.parametrize(
    "wanted", [Voice("hart"), Voice("gone"), Voice(language="fr"), Voice("fr_FR-siwis-low"), Voice(speaker="bob")]
)
def test_no_voice_for_a_request(wanted: Voice) -> None:
    with pytest.raises(RequestRefused, match=r"there is no voice .*; there are: anna, heart, emma") as refused:
        info.choose(wanted, KNOWN)
    assert refused.value.code == "unknown_voice"


@pytest.mark.parametrize("wanted", [None, Voice(), Voice(""), Voice("default")])
def test_default_voice(wanted: Voice | None) -> None:
    assert info.is_default(wanted)


def test_installed_voices_are_described_in_the_style_of_home_assistant() -> None:
    """Round trip through the package's own reader, as Home Assistant does."""
    event = info.describe(KNOWN).event()
    (program,) = Info.from_event(event).tts
    assert program.installed
    assert program.supports_synthesize_streaming
    assert program.version
    assert program.attribution.name
    assert [(voice.name, voice.installed, voice.languages) for voice in program.voices] == [
        ("heart", True, ["en_US"]),
        ("anna", True, ["de_DE"]),
        ("emma", True, ["en_GB"]),
    ]
    assert all(voice.attribution.name and voice.version and voice.description for voice in program.voices)
    assert msgspec.json.decode(msgspec.json.encode(event.data)) == event.data


@pytest.mark.parametrize(
    ("tag", "shown"), [("en-US", "en_US"), ("en-us", "en_US"), ("de", "de"), ("zh-Hans-CN", "zh_Hans_CN")]
)
def test_language(tag: str, shown: str) -> None:
    assert info.language(tag) == shown


@pytest.mark.parametrize(
    ("peer", "may"),
    [
        ("", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.20", True),
        ("::ffff:192.168.1.20", True),
        ("10.1.255.3", True),
        ("fd00::5", True),
        ("192.168.1.21", False),
        ("10.2.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_machines_may_connect(peer: str, may: bool) -> None:
    assert access.may_connect(peer, access.networks(["192.168.1.20", "10.1.2.3/16", "fd00::/64"])) is may


def test_nobody_from_elsewhere_without_a_list() -> None:
    assert access.networks([]) == []
    assert not access.may_connect("192.168.1.20", [])
    with pytest.raises(BadAddress, match=r"'kitchen' is no address or network; write one such as"):
        access.networks(["kitchen"])


def test_an_address_of_the_network_needs_the_list() -> None:
    with socket.socket() as wide, socket.socket() as here:
        wide.bind(("0.0.0.0", 0))
        here.bind(("127.0.0.1", 0))
        access.check([here], [])
        access.check([here, wide], [ipaddress.ip_network("10.0.0.0/8")])
        with pytest.raises(BadAddress, match=r"other machines can connect to 0\.0\.0\.0:\d+"):
            access.check([here, wide], [])
