"""Text in, audio out over WebSocket: each protocol against the real gateway and daemon."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway
from support.streaming import Agent, Message, connected, data, run

CONFIGURATION = 'audio.device = "null"\n'
TEXT = "Hello there. How are you?"
LONG = "One two three four five six seven eight nine ten. " * 60
RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
CARTESIA = {"voice": {"mode": "id", "id": "heart"}, "output_format": RAW, "add_timestamps": True}
MULTI = "/v1/text-to-speech/heart/multi-stream-input?output_format=pcm_24000"


@pytest.fixture(autouse=True)
def _nothing_is_said_afterwards(daemon: Daemon) -> Iterator[None]:
    yield
    eventually(lambda: idle(daemon.status()))


@pytest.fixture(scope="module")
def spoken(daemon: Daemon) -> NDArray[np.int16]:
    """The samples by the daemon's own socket."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TEXT, format="s16", sample_rate=24_000)))


async def cartesia(agent: Agent, context: str, *pieces: str, **more: Any) -> list[Message | bytes]:
    for piece in pieces:
        await agent.send(**CARTESIA | more, context_id=context, transcript=piece, **{"continue": True})
    await agent.send(**CARTESIA | more, context_id=context, transcript="", **{"continue": False})
    return await agent.until(lambda m: m["type"] in ("done", "error"))


def test_cartesia(gateway: Gateway, spoken: NDArray[np.int16]) -> None:
    """The text in pieces sounds as in one, and its words are those that the client has written."""

    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket?api_key=any&cartesia_version=2026-03-01") as agent:
            messages = await cartesia(agent, "a", "Hello the", "re. How ", "are you?")
            assert (np.frombuffer(data(messages, "data"), np.int16) == spoken).all()
            times = [m["word_timestamps"] for m in messages if isinstance(m, dict) and m["type"] == "timestamps"]
            assert [word for each in times for word in each["words"]] == TEXT.split()
            starts = [at for each in times for at in each["start"]]
            assert starts == sorted(starts)
            assert 0 <= starts[0] < starts[-1] < len(spoken) / 24000
            assert {m["context_id"] for m in messages if isinstance(m, dict)} == {"a"}

    run(main())


@pytest.mark.parametrize(("encoding", "size"), [("pcm_f32le", 4), ("pcm_mulaw", 1)])
def test_cartesia_at_another_rate(gateway: Gateway, spoken: NDArray[np.int16], encoding: str, size: int) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            output = RAW | {"encoding": encoding, "sample_rate": 8000}
            messages = await cartesia(agent, "a", TEXT, output_format=output)
            assert len(data(messages, "data")) / size == pytest.approx(len(spoken) / 3, abs=10)

    run(main())


def test_contexts_speak_side_by_side_and_cancel_ends_one(gateway: Gateway) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            await agent.send(**CARTESIA, context_id="long", transcript=LONG, **{"continue": True})
            await agent.until(lambda m: m["type"] == "chunk")
            assert await cartesia(agent, "short", TEXT, flush=True)
            await agent.send(context_id="long", cancel=True)
            later = await cartesia(agent, "next", TEXT)
            first = next(at for at, m in enumerate(later) if isinstance(m, dict) and m["context_id"] == "next")
            assert all(isinstance(m, dict) and m["context_id"] == "next" for m in later[first:])  # nothing stale

    run(main())


def test_a_flush_continues_the_times_of_its_context(gateway: Gateway, spoken: NDArray[np.int16]) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/tts/websocket") as agent:
            messages = [*await cartesia(agent, "a", "Hello there. ", "How are you?", flush=True)]
            assert [m["flush_id"] for m in messages if isinstance(m, dict) and m["type"] == "flush_done"] == [1, 2, 3]
            times = [m["word_timestamps"] for m in messages if isinstance(m, dict) and m["type"] == "timestamps"]
            starts = [at for each in times for at in each["start"]]
            assert len(starts) == 5
            assert starts == sorted(starts)
            assert starts[2] > 0.7  # after all of "Hello there."

    run(main())


@pytest.mark.parametrize("form", ["pcm_24000", "mp3_22050_32"])
def test_elevenlabs(gateway: Gateway, spoken: NDArray[np.int16], form: str) -> None:
    async def main() -> None:
        async with connected(gateway.port, f"{MULTI.partition('=')[0]}={form}", xi_api_key="any") as agent:
            await agent.send(text=" ", context_id="a", voice_settings={"stability": 0.5})
            await agent.send(text="Hello there. ", context_id="a")
            await agent.send(text="How are you? ", context_id="a", flush=True)
            await agent.send(context_id="a", close_context=True)
            messages = await agent.until(lambda m: m.get("isFinal") is True or "error" in m)
            audio = data(messages, "audio")
            if form == "pcm_24000":
                assert len(audio) / 2 == pytest.approx(len(spoken), rel=0.1)
            else:
                decoded, rate = soundfile.read(io.BytesIO(audio))
                assert len(decoded) / rate == pytest.approx(len(spoken) / 24000, rel=0.15)
            times = [m["alignment"] for m in messages if isinstance(m, dict) and "alignment" in m]
            assert "".join(char for each in times for char in each["chars"]).split() == TEXT.split()
            spans = [each["charStartTimesMs"][-1] + each["charDurationsMs"][-1] for each in times]
            assert 0 < sum(spans) <= len(spoken) / 24 * 1.1
            await agent.send(close_socket=True)
            assert await agent.next() is None
            assert agent.socket.close_code == 1000

    run(main())


def test_elevenlabs_with_one_context(gateway: Gateway, spoken: NDArray[np.int16]) -> None:
    async def main() -> None:
        path = "/v1/text-to-speech/bIHbv24MWmeRgasZH58o/stream-input?output_format=pcm_24000"
        async with connected(gateway.port, path) as agent:
            await agent.send(text=" ", voice_settings={}, xi_api_key="any")
            for word in TEXT.split():
                await agent.send(text=f"{word} ", try_trigger_generation=False)
            await agent.send(text="")
            messages = await agent.until(lambda m: m.get("isFinal") is True)
            assert len(data(messages, "audio")) / 2 == pytest.approx(len(spoken), rel=0.1)
            assert await agent.next() is None
            assert agent.socket.close_code == 1000

    run(main())


def test_deepgram(gateway: Gateway, spoken: NDArray[np.int16]) -> None:
    """After ``Cleared`` comes not one byte of what was said before, but all of what follows."""

    async def main() -> None:
        async with connected(gateway.port, "/v1/speak?model=aura-2-helena-en&encoding=linear16") as agent:
            await agent.until(lambda m: m["type"] == "Metadata")
            for heard in 0, 1, 2, 30:
                await agent.send(type="Speak", text=LONG)
                await agent.send(type="Flush")
                for _ in range(heard):
                    assert isinstance(await agent.next(), bytes)
                await agent.send(type="Clear")
                await agent.until(lambda m: m["type"] == "Cleared")
                await agent.send(type="Speak", text=TEXT)
                await agent.send(type="Flush")
                messages = await agent.until(lambda m: m["type"] == "Flushed")
                samples = b"".join(m for m in messages if isinstance(m, bytes))
                assert (np.frombuffer(samples, np.int16) == spoken).all()
            await agent.send(type="Close")
            assert await agent.next() is None

    run(main())


def test_openai_realtime(gateway: Gateway, spoken: NDArray[np.int16]) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/v1/realtime?model=gpt-realtime") as agent:
            await agent.until(lambda m: m["type"] == "session.created")
            output = {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"}
            await agent.send(type="session.update", session={"type": "realtime", "audio": {"output": output}})
            await agent.until(lambda m: m["type"] == "session.updated")
            content = [{"type": "input_text", "text": TEXT}]
            item = {"type": "message", "role": "user", "content": content}
            await agent.send(type="response.create", response={"input": [item]})
            messages = await agent.until(lambda m: m["type"] == "response.done")
            assert (np.frombuffer(data(messages, "delta"), np.int16) == spoken).all()
            content[0]["text"] = LONG
            await agent.send(type="response.create", response={"input": [item]})
            await agent.until(lambda m: m["type"] == "response.output_audio.delta")
            await agent.send(type="response.cancel")
            done = (await agent.until(lambda m: m["type"] == "response.done"))[-1]
            assert isinstance(done, dict)
            assert done["response"]["status"] == "cancelled"

    run(main())


@pytest.mark.parametrize(
    ("path", "message", "answer"),
    [
        ("/tts/websocket", {"transcript": "Hi.", "voice": {"id": "zork"}}, {"error_code": "unknown_voice"}),
        ("/tts/websocket", {"transcript": "Hi.", "generation_config": {"speed": 9}}, {"error_code": "out_of_range"}),
        (MULTI.replace("heart", "zork"), {"text": "Hi. ", "context_id": "a"}, {"error": "unknown_voice"}),
        ("/v1/speak?model=zork", {"type": "Speak", "text": "Hi."}, {"code": "unknown_voice"}),
    ],
)
def test_what_the_daemon_refuses_is_answered_and_the_connection_lives(
    gateway: Gateway, path: str, message: Message, answer: Message
) -> None:
    async def main() -> None:
        async with connected(gateway.port, path) as agent:
            for _ in range(2):
                await agent.send(**message)
                (got,) = (await agent.until(lambda m: m.get("type") != "Metadata"))[-1:]
                assert isinstance(got, dict)
                assert answer.items() <= got.items()

    run(main())


def test_a_format_that_there_is_not(gateway: Gateway) -> None:
    async def main() -> None:
        async with connected(gateway.port, "/v1/speak?encoding=mp3") as agent:
            message = await agent.socket.receive()
            assert (message.data, message.extra) == (
                1008,
                "the encoding is one of linear16, mulaw, alaw, the container none",
            )

    run(main())


def test_the_trace_context_of_a_connection_is_that_of_its_utterances(gateway: Gateway, daemon: Daemon) -> None:
    context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def main() -> None:
        path = "/tts/websocket?api_key=any&cartesia_version=2026-03-01"
        async with connected(gateway.port, path, traceparent=context) as agent:
            await cartesia(agent, "a", TEXT)

    run(main())
    with daemon.client() as client:
        [utterance] = client.trace().utterances
    assert utterance.traceparent == context
