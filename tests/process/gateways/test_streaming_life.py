"""Clients of streamed text that leave, stall, wait, and send anything at all; a daemon that goes away."""

import asyncio
import json
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, running
from support.matrix import quick
from support.streaming import Agent, connected, data, run
from support.svctl import LIGHT, WORD

from steadyvoice.client import AsyncClient
from steadyvoice.ipc.messages import Finished

CONFIGURATION = 'audio.device = "null"\n'
LONG = "One two three four five six seven eight nine ten. " * 200
CARTESIA = {"voice": {"mode": "id", "id": "heart"}, "context_id": "a"}
PATHS = {
    "cartesia": "/tts/websocket",
    "elevenlabs": "/v1/text-to-speech/heart/multi-stream-input?output_format=pcm_24000",
    "stream-input": "/v1/text-to-speech/heart/stream-input?output_format=pcm_24000",
    "deepgram": "/v1/speak",
    "realtime": "/v1/realtime",
}


@pytest.fixture(autouse=True)
def _nothing_is_said_afterwards(daemon: Daemon) -> Iterator[None]:
    yield
    eventually(lambda: idle(daemon.status()))


def said(daemon: Daemon) -> int:
    """Blocks that the generator has made."""
    return next(stage["blocks"] for stage in daemon.status()["stages"] if stage["name"] == "generator")


def settled(daemon: Daemon) -> int:
    """The same, once it makes no more: fifty looks in turn see the same."""
    seen = [-1]

    def look() -> bool:
        seen.append(said(daemon))
        return len(seen) > 50 and len(set(seen[-50:])) == 1

    eventually(look)
    return seen[-1]


def test_a_client_that_leaves_is_not_spoken_to(gateway: Gateway, daemon: Daemon) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            await agent.send(**CARTESIA, transcript=LONG)
            await agent.until(lambda m: m["type"] == "chunk")
            assert not idle(daemon.status())
            assert agent.socket._response.connection is not None
            transport = agent.socket._response.connection.transport
            assert transport is not None
            transport.abort()
        eventually(lambda: idle(daemon.status()))

    run(main())


def test_a_client_that_does_not_read_is_waited_for_and_can_cancel(gateway: Gateway, daemon: Daemon) -> None:
    """Nothing is generated beyond what the sockets hold; a cancel is obeyed although nothing is read."""

    async def main() -> None:
        before = gateway.rss_bytes()
        async with connected(gateway.port, "/tts/websocket") as agent:
            await agent.send(**CARTESIA, transcript=LONG)
            await agent.next()
            stalled = settled(daemon)  # which does not return to the event loop: nothing is read
            assert not idle(daemon.status())
            assert gateway.rss_bytes() < before + (16 << 20)
            await agent.send(context_id="a", cancel=True)
            eventually(lambda: idle(daemon.status()))
            assert said(daemon) - stalled < 20

    run(main())


def test_a_pause_of_the_text_ends_no_context(gateway: Gateway, daemon: Daemon) -> None:
    """A context without new text leaves its place in the daemon; its next text is spoken, and its times go on."""

    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            asked = CARTESIA | {"add_timestamps": True}
            await agent.send(**asked, transcript="Hello there. ", **{"continue": True})
            await agent.until(lambda m: m["type"] == "timestamps")
            eventually(lambda: idle(daemon.status()))
            await agent.send(**asked, transcript="How are you?", **{"continue": False})
            messages = await agent.until(lambda m: m["type"] in ("done", "error"))
            times = [m["word_timestamps"] for m in messages if isinstance(m, dict) and m["type"] == "timestamps"]
            assert [word for each in times for word in each["words"]][-3:] == ["How", "are", "you?"]
            assert times[-1]["start"][-1] > 1.0

    run(main())


def test_the_position_that_a_client_reports_is_what_was_heard(gateway: Gateway, daemon: Daemon) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client, connected(gateway.port, "/v1/realtime") as agent:
            events = await client.subscribe()
            item = {"content": [{"type": "input_text", "text": LONG}]}
            await agent.send(type="response.create", response={"input": [item]})
            size = 0
            while size < 3 * 48000:  # three seconds, of which the listener has heard the first
                size += len(data(await agent.until(lambda m: "delta" in m), "delta"))
            name = (await agent.until(lambda m: "delta" in m))[-1]["item_id"]  # type: ignore[call-overload]
            await agent.send(type="conversation.item.truncate", item_id=name, content_index=0, audio_end_ms=1000)
            await agent.send(type="response.cancel")
            finished = await anext(event async for event in events if isinstance(event, Finished))
            assert finished.reason == "cancelled"
            assert 3 <= finished.heard_chars < 20

    run(main())


def test_a_message_that_is_too_long_closes_the_connection(gateway: Gateway) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            await agent.send(**CARTESIA, transcript="x" * (1 << 20))
            assert await agent.next() is None
            assert agent.socket.close_code == 1009

    run(main())


def test_too_much_text_at_a_time_fails_its_context(gateway: Gateway) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            await agent.send(**CARTESIA, transcript="x " * 200_000)
            error = await agent.next()
            assert isinstance(error, dict)
            assert (error["error_code"], error["context_id"]) == ("text_too_long", "a")

    run(main())


def test_a_gateway_that_stops_says_so(daemon: Daemon) -> None:
    async def main(gateway: Gateway) -> None:
        async with connected(gateway.port, "/tts/websocket") as idle, connected(gateway.port, "/v1/speak") as busy:
            await busy.send(type="Speak", text=LONG)
            await busy.until(lambda m: m["type"] == "Metadata")
            assert await busy.next()
            gateway.process.send_signal(signal.SIGTERM)
            await asyncio.gather(idle.end(), busy.end())
            assert (busy.socket.close_code, idle.socket.close_code) == (1001, 1001)

    with running("http", daemon, "--listen", "127.0.0.1:0") as gateway:
        run(main(gateway))
        assert gateway.process.wait(20) == 0


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_connection_without_messages_is_closed(gateway: Gateway) -> None:
    """Although the client answers pings."""

    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            message = await agent.socket.receive(250)
            assert (message.data, message.extra) == (1000, "no message for 180 s")

    run(main(), seconds=280)


def test_the_daemon_goes_away_and_comes_back(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(LIGHT)
    daemon = make_daemon("--config", str(file)).ready()

    async def main(port: int) -> None:
        async with connected(port, "/tts/websocket") as agent:
            await agent.send(context_id="a", transcript=f"{WORD} ", max_buffer_delay_ms=0, **{"continue": True})
            await agent.until(lambda m: m["type"] == "chunk")
            daemon.stop()
            lost = (await agent.until(lambda m: m["type"] == "error"))[-1]
            assert isinstance(lost, dict)
            assert (lost["context_id"], lost["status_code"]) == ("a", 503)
            daemon.start().ready()
            await agent.send(context_id="b", transcript=WORD)
            messages = await agent.until(lambda m: m["type"] in ("done", "error"))
            assert data(messages, "data")

    with running("http", daemon, "--listen", "127.0.0.1:0") as gateway:
        run(main(gateway.port))


def anything(protocol: str, source: random.Random) -> str | bytes:
    """A message that is right, nearly right, or nothing of the kind."""
    pick = source.choice
    text = pick(["Hi there. ", "Hi ", "", " ", "\n", "\U0001f600", "\x00", "x" * 300, 5, None])
    name = pick(["a", "b", "c", "", None, 7, str(source.random())])
    flag = pick([True, True, False, None, "yes"])
    by_protocol: dict[str, dict[str, Any]] = {
        "cartesia": {
            "context_id": name,
            "transcript": text,
            "continue": flag,
            "cancel": pick([False, False, True]),
            "flush": pick([False, True]),
            "add_timestamps": True,
            "output_format": pick([None, {}, {"sample_rate": pick([8000, 1, 10**9])}, {"encoding": "pcm_mulaw"}]),
            "generation_config": pick([None, {"speed": pick([1, 0, 1e300])}]),
            "max_buffer_delay_ms": pick([0, 3000, -1, None]),
        },
        "elevenlabs": {
            "context_id": name,
            "text": text,
            "flush": flag,
            "close_context": flag,
            "close_socket": pick([None] * 30 + [True]),
            "voice_settings": pick([None, {"speed": pick([1, 99])}]),
        },
        "stream-input": {"text": text, "flush": flag},
        "deepgram": {"type": pick(["Speak", "Flush", "Clear", "Sing", None, *["Speak"] * 9]), "text": text},
        "realtime": {
            "type": pick(["session.update", "response.create", "response.cancel", "x", "conversation.item.truncate"]),
            "session": {"audio": {"output": {"voice": pick(["marin", "zork", 1])}}},
            "response": {"input": [{"content": [{"text": text}]}]},
            "item_id": name,
            "audio_end_ms": pick([None, 0, 1e18, -5]),
        },
    }
    fields = by_protocol[protocol]
    kept = {key: fields[key] for key in fields if source.random() < 0.8}
    message = json.dumps(kept)
    kind = source.random()
    if kind < 0.8:
        return message
    if kind < 0.9:
        at = source.randrange(len(message) + 1)
        return message[:at] + pick(["", "{", '"', "\x00", "\ud7ff", "[" * 2000]) + message[at + 1 :]
    junk: list[str | bytes] = [source.randbytes(source.randrange(200)), message.encode(), "", "[]", "null", "9" * 500]
    return pick(junk)


async def fuzz(agent: Agent, protocol: str, source: random.Random, count: int) -> int:
    """Send up to ``count`` messages while all answers are read; how many, until the gateway closed the connection."""
    sent = 0
    while sent < count and not agent.socket.closed:
        message = anything(protocol, source)
        try:
            await (agent.socket.send_str(message) if isinstance(message, str) else agent.socket.send_bytes(message))
            sent += 1
            if not sent % 10:
                await agent.socket.receive(0.001)
        except TimeoutError:
            pass
        except (ConnectionError, aiohttp.ClientError):
            break
    return sent


@pytest.mark.parametrize("protocol", PATHS)
@pytest.mark.parametrize("most", quick(1, [300, 10_000]))
@pytest.mark.timeout(900)
def test_anything_is_answered_or_closes_the_connection(
    gateway: Gateway, daemon: Daemon, protocol: str, most: int
) -> None:
    """The gateway does not grow, and then speaks as before."""
    source = random.Random(f"{protocol} 1")

    async def some(count: int) -> None:
        while count > 0:
            async with connected(gateway.port, PATHS[protocol]) as agent:
                count -= await fuzz(agent, protocol, source, min(count, 500)) or 1

    async def main() -> None:
        await some(max(most // 10, 200))
        eventually(lambda: idle(daemon.status()))
        before = gateway.rss_bytes()
        await some(most)
        eventually(lambda: idle(daemon.status()))
        assert gateway.rss_bytes() < before + (8 << 20)
        async with connected(gateway.port, "/tts/websocket") as agent:
            await agent.send(**CARTESIA, transcript="Hello there.")
            assert len(data(await agent.until(lambda m: m["type"] in ("done", "error")), "data")) > 40_000

    run(main(), seconds=800)
