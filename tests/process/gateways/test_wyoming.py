"""The Wyoming gateway and the client of the ``wyoming`` package."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.clients import FOX, LONG, NULL, TALE
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, running
from support.wyoming_client import (
    Client,
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeVoice,
    connected,
)

CONFIGURATION = NULL

Talk = Callable[[Callable[[Client], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wyoming") / "socket"


@pytest.fixture(scope="module")
def gateway(daemon: Daemon, path: Path) -> Iterator[Gateway]:
    with running("wyoming", daemon, "--listen", "localhost:0", "--listen", f"unix:{path}") as gateway:
        yield gateway
    assert not path.exists()


@pytest.fixture
def talk(gateway: Gateway, daemon: Daemon) -> Talk:
    """Run a dialogue on a connection of its own; afterwards nothing is spoken for it, and no descriptor is left."""

    def talk(dialogue: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        async def main() -> None:
            async with connected(f"tcp://127.0.0.1:{gateway.port}") as client:
                await client.say("")  # connects to the daemon
                before = gateway.descriptors()
                await dialogue(client)
            eventually(lambda: gateway.descriptors() < before)

        asyncio.run(main())
        eventually(lambda: idle(daemon.status()))

    return talk


def native(daemon: Daemon, text: str, **options: Any) -> bytes:
    """The same speech, from the daemon itself."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, format="s16", **options))).tobytes()


def test_voices(talk: Talk) -> None:
    async def dialogue(client: Client) -> None:
        info = await client.info()
        assert [voice.name for voice in info.tts[0].voices] == ["heart"]
        assert info.tts[0].voices[0].languages == ["en_US"]
        await client.raw(b'{"type":"select-program","data":{"name":"steadyvoice"}}\n{"type":"ping"}\n')
        await client.raw(b'{"type":"ping","data":{"text":"twice"}}\n')
        events = [await client.event() for _ in range(2)]
        assert [(event.type, event.data) for event in events if event] == [
            ("pong", {"text": None}),
            ("pong", {"text": "twice"}),
        ]

    talk(dialogue)


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_speech_is_the_daemons_own(daemon: Daemon, gateway: Gateway, path: Path, way: str) -> None:
    """Several requests at once are answered in their order, each with one format."""

    async def main() -> None:
        async with connected(f"tcp://127.0.0.1:{gateway.port}" if way == "tcp" else f"unix://{path}") as client:
            await client.send(*(Synthesize(text=text) for text in (TALE, FOX, TALE)))
            for text in (TALE, FOX, TALE):
                heard = await client.heard("audio-stop")
                assert heard.types == ["audio-start", *["audio-chunk"] * len(heard.chunks), "audio-stop"]
                assert {(each.rate, each.width, each.channels) for each in [*heard.starts, *heard.chunks]} == {
                    (24000, 2, 1)
                }
                assert heard.audio == native(daemon, text)
                times = [chunk.timestamp or 0 for chunk in heard.chunks]
                assert times[0] == 0
                assert times == sorted(times)
                assert heard.last is not None
                assert heard.last.data["timestamp"] == len(heard.audio) // 48

    asyncio.run(main())


def test_text_that_arrives_in_pieces(daemon: Daemon, talk: Talk) -> None:
    """Speech begins before the text is complete; the whole text, which Home Assistant sends after it, is ignored."""

    async def dialogue(client: Client) -> None:
        await client.send(SynthesizeStart(), SynthesizeChunk(text="Hello there. How "))
        begun = await client.heard("audio-chunk")
        assert begun.types == ["audio-start", "audio-chunk"]
        await client.send(SynthesizeChunk(text="are you?"), Synthesize(text="Hello there. How are you?"))
        await client.send(SynthesizeStop(), Synthesize(text=FOX))
        heard = await client.heard("synthesize-stopped")
        assert heard.types[-2:] == ["audio-stop", "synthesize-stopped"]
        assert begun.audio + heard.audio == native(daemon, "Hello there. How are you?")
        assert (await client.heard("audio-stop")).audio == native(daemon, FOX)

    talk(dialogue)


def test_missing_data_is_normal(daemon: Daemon, talk: Talk) -> None:
    async def dialogue(client: Client) -> None:
        await client.raw(b'{"type":"synthesize-start"}\n')
        await client.raw(b'{"type":"synthesize-chunk","data":{"text":"Hello."}}\n{"type":"synthesize-stop"}\n')
        assert (await client.heard("synthesize-stopped")).audio == native(daemon, "Hello.")
        await client.raw(b'{"type":"synthesize","data":{"text":"Hello.","voice":null,"unknown":[1]}}\n')
        assert (await client.heard("audio-stop")).audio == native(daemon, "Hello.")
        await client.raw(b'{"type":"synthesize-stop"}\n')
        assert (await client.heard("synthesize-stopped")).types == ["synthesize-stopped"]

    talk(dialogue)


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ("no event", ["error"]),
        ('{"type":"synthesize","data":{"text":5}}', ["error", "audio-stop"]),
        ('{"type":"synthesize-start","data":{"voice":5}}', ["error"]),
        ('{"type":"synthesize-chunk","data":{"text":"a"}}', ["error"]),
        ('{"type":"transcribe","data":{"language":"en"}}', []),
        ("", []),
    ],
)
def test_a_bad_event_is_answered_and_the_connection_lives(talk: Talk, event: str, answer: list[str]) -> None:
    async def dialogue(client: Client) -> None:
        await client.raw(f'{event}\n{{"type":"ping"}}\n'.encode())
        heard = await client.heard("pong")
        assert heard.types == [*answer, "pong"]
        assert all(error["code"] == "bad_message" and error["text"] for error in heard.errors)
        assert len((await client.say("Hello.")).audio) > 10_000

    talk(dialogue)


@pytest.mark.parametrize("again", ["synthesize-start", "synthesize-chunk"])
def test_a_bad_event_within_a_text(daemon: Daemon, talk: Talk, again: str) -> None:
    async def dialogue(client: Client) -> None:
        await client.send(SynthesizeStart(), SynthesizeChunk(text="Hel"))
        await client.raw(json.dumps({"type": again, "data": {"text": 5}}).encode() + b"\n")
        await client.send(SynthesizeChunk(text="lo."), SynthesizeStop())
        heard = await client.heard("synthesize-stopped")
        assert [error["code"] for error in heard.errors] == ["bad_message"]
        assert heard.audio == native(daemon, "Hello.")

    talk(dialogue)


@pytest.mark.parametrize(
    ("text", "voice", "code"),
    [
        ("Hello.", SynthesizeVoice(name="hart"), "unknown_voice"),
        ("Hello.", SynthesizeVoice(language="fr_FR"), "unknown_voice"),
        ("a" * 200_001, None, "text_too_long"),
        ("\u02c0", None, "unsupported_text"),
    ],
)
def test_a_failure_is_named_and_nobody_waits(
    daemon: Daemon, talk: Talk, text: str, voice: SynthesizeVoice | None, code: str
) -> None:
    """The connection ends: Home Assistant ignores the error, and would keep audio that has an end as the whole."""

    async def dialogue(client: Client) -> None:
        await client.send(Synthesize(text=FOX), Synthesize(text=text, voice=voice))
        assert (await client.heard("audio-stop")).audio == native(daemon, FOX)
        heard = await client.heard("audio-stop")
        assert [error["code"] for error in heard.errors] == [code]
        assert heard.ends == "closed"

    talk(dialogue)


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_text_that_grows_too_long(talk: Talk, pieces: int) -> None:
    """Wherever its refusal is noticed: when the text is sent, when it ends, or when its audio is awaited."""

    async def dialogue(client: Client) -> None:
        size = 210_000 // pieces
        await client.send(SynthesizeStart(), *[SynthesizeChunk(text="a" * size)] * pieces, SynthesizeStop())
        heard = await client.heard("synthesize-stopped")
        assert [error["code"] for error in heard.errors] == ["text_too_long"]
        assert heard.ends == "closed"

    talk(dialogue)


@pytest.mark.parametrize("voice", ["heart", "en_US-lessac-medium", "default"])
def test_a_voice_by_name_or_the_nearest(daemon: Daemon, talk: Talk, voice: str) -> None:
    async def dialogue(client: Client) -> None:
        assert (await client.say(FOX, voice=SynthesizeVoice(name=voice))).audio == native(daemon, FOX)

    talk(dialogue)


@pytest.mark.parametrize("text", ["", " \n", "…"])
def test_a_text_without_words_is_a_moment_of_silence(talk: Talk, text: str) -> None:
    async def dialogue(client: Client) -> None:
        assert (await client.say(text)).audio == bytes(4800)
        await client.send(SynthesizeStart(), SynthesizeChunk(text=text), SynthesizeStop())
        heard = await client.heard("synthesize-stopped")
        assert heard.types == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
        assert heard.audio == bytes(4800)

    talk(dialogue)


def test_ssml(daemon: Daemon, talk: Talk) -> None:
    document = 'Hello <break time="1s"/> there.'

    async def dialogue(client: Client) -> None:
        spoken = (await client.say(document, text_format="ssml")).audio
        assert spoken == native(daemon, document, ssml=True)
        assert spoken == (await client.say(f"<speak>{document}</speak>")).audio
        assert (await client.say(document, text_format="text")).audio == native(daemon, document, ssml=False) != spoken

    talk(dialogue)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_client_that_leaves_is_no_longer_spoken_for(daemon: Daemon, talk: Talk, streaming: bool) -> None:
    before = daemon.status()["utterances"]["cancelled"]

    async def dialogue(client: Client) -> None:
        if streaming:
            await client.send(SynthesizeStart(), SynthesizeChunk(text=LONG))
        else:
            await client.send(*[Synthesize(text=LONG)] * 12)
        await client.heard("audio-chunk")

    talk(dialogue)
    assert daemon.status()["utterances"]["cancelled"] > before


@pytest.mark.usefixtures("gateway")
def test_a_client_that_does_not_read_is_waited_for(daemon: Daemon, path: Path) -> None:
    """The sockets and the ring hold a part of the speech; the rest is made when it is read."""

    def blocks() -> int:
        return next(stage["blocks"] for stage in daemon.status()["stages"] if stage["name"] == "converter")

    made = [blocks()]

    def stalled() -> bool:
        made.append(blocks())
        return made[0] < made[-1] == made[max(0, len(made) - 30)]

    async def main() -> None:
        async with connected(f"unix://{path}") as client:
            await client.send(Synthesize(text=LONG[:800]))
            eventually(stalled)
            heard = await client.heard("audio-stop")
            assert heard.ends == "audio-stop"
            assert blocks() - made[0] > 2 * (made[-1] - made[0])

    asyncio.run(main())


def test_silence_after_a_text_for_players_that_cut_the_end(daemon: Daemon) -> None:
    configuration = "[gateways.wyoming]\ntrailing_silence_ms = 250\n"
    with running("wyoming", daemon, "--listen", "127.0.0.1:0", configuration=configuration) as gateway:

        async def main() -> None:
            async with connected(f"tcp://127.0.0.1:{gateway.port}") as client:
                assert (await client.say(FOX)).audio == native(daemon, FOX) + bytes(12_000)
                await client.send(SynthesizeStart(), SynthesizeChunk(text=FOX), SynthesizeStop())
                heard = await client.heard("synthesize-stopped")
                assert heard.audio == native(daemon, FOX) + bytes(12_000)
                assert len(heard.starts) == 1

        asyncio.run(main())
