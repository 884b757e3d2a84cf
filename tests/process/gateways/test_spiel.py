"""The Spiel gateway and a raw caller over D-Bus: libspiel itself is not in Debian 12."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dbus_fast import DBusError
from support.clients import FOX, LONG, NULL
from support.daemon import Daemon, alive, eventually, idle, user_env
from support.gateway import Gateway, refusal, running, started
from support.session_bus import session_bus
from support.spiel_caller import Caller, caller, decoded, everything, present
from support.svctl import LIGHT, WORD

CONFIGURATION = NULL
Talk = Callable[[Callable[[Caller], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def gateway(daemon: Daemon) -> Iterator[tuple[Gateway, dict[str, str]]]:
    with session_bus() as bus, running("spiel", daemon, **bus) as gateway:
        yield gateway, bus


@pytest.fixture
def talk(gateway: tuple[Gateway, dict[str, str]], daemon: Daemon) -> Talk:
    """Run a dialogue; afterwards nothing is spoken for it, and the gateway has no descriptor more."""
    process, bus = gateway

    def talk(dialogue: Callable[[Caller], Coroutine[Any, Any, None]]) -> None:
        async def main() -> None:
            async with caller(bus) as client:
                await present(client)
                before = process.descriptors()
                await dialogue(client)
                eventually(lambda: process.descriptors() <= before)

        asyncio.run(main())
        eventually(lambda: idle(daemon.status()))

    return talk


def native(daemon: Daemon, text: str, **options: Any) -> bytes:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, format="s16", **options))).tobytes()


def test_the_provider_and_its_voices(talk: Talk) -> None:
    async def dialogue(client: Caller) -> None:
        assert await client.get("Name") == "Steadyvoice"
        ((name, identifier, audio, features, languages),) = await client.get("Voices")
        assert (name, identifier, languages) == ("heart", "heart", ["en-US"])
        assert audio == "audio/x-spiel,format=S16LE,channels=1,rate=24000"
        assert features & 0x9 == 0x9

    talk(dialogue)


def test_speech_with_its_words(daemon: Daemon, talk: Talk) -> None:
    async def dialogue(client: Caller) -> None:
        heard = await client.heard(FOX)
        assert heard.audio == native(daemon, FOX)
        assert [FOX[start:end] for start, end in heard.words] == [*FOX[:-1].split()[:-1], "dog"]
        assert heard.order[0] == "audio"
        assert heard.order.index("word") < heard.order.count("audio")  # while the audio comes

    talk(dialogue)


def test_several_at_once(daemon: Daemon, talk: Talk) -> None:
    async def dialogue(client: Caller) -> None:
        heard = await asyncio.gather(*(client.heard(text) for text in (FOX, "Hello there.", FOX)))
        assert [each.audio for each in heard] == [native(daemon, text) for text in (FOX, "Hello there.", FOX)]

    talk(dialogue)


def test_marks_as_orca_sends_them(daemon: Daemon, talk: Talk) -> None:
    text = '<speak><mark name="0:5"/>Hello <mark name="6:11"/>there.</speak>'

    async def dialogue(client: Caller) -> None:
        heard = await client.heard(text, ssml=True)
        assert heard.marks == ["0:5", "6:11"]
        assert heard.audio == native(daemon, "Hello there.")
        assert (await client.heard("a < b", ssml=False)).audio == native(daemon, "a < b", ssml=False)

    talk(dialogue)


def test_rate_pitch_and_language(daemon: Daemon, talk: Talk) -> None:
    async def dialogue(client: Caller) -> None:
        assert (await client.heard(FOX, rate=10.0)).audio == native(daemon, FOX, rate=2.0)
        assert (await client.heard(FOX, rate=0.1)).audio == native(daemon, FOX, rate=0.5)
        assert (await client.heard(FOX, pitch=1.5)).audio == native(daemon, FOX, pitch=6.0)
        assert (await client.heard(FOX, voice="", lang="en-gb")).audio == native(daemon, FOX)
        assert (await client.heard(FOX, voice="", lang="xx")).audio == native(daemon, FOX)
        assert (await client.heard(" \n")).audio == b""

    talk(dialogue)


def test_refusals(talk: Talk) -> None:
    async def dialogue(client: Caller) -> None:
        for text, voice, kind in (
            ("Hello.", "hart", "InvalidArgs"),
            ("a" * 200_001, "heart", "InvalidArgs"),
            ("\u02c0", "heart", "Failed"),
        ):
            with pytest.raises(DBusError) as refused:
                os.close(await client.synthesize(text, voice=voice))
            assert refused.value.type == f"org.freedesktop.DBus.Error.{kind}"
            assert refused.value.text

    talk(dialogue)


def test_a_reader_that_is_slow_or_goes_away(daemon: Daemon, talk: Talk) -> None:
    """The pipe is the brake: what nobody reads is not made; a pipe that is closed cancels the speech at once."""

    text = LONG[:800]

    def blocks() -> int:
        return next(stage["blocks"] for stage in daemon.status()["stages"] if stage["name"] == "converter")

    async def dialogue(client: Caller) -> None:
        made = [blocks()]
        reading = await client.synthesize(text)

        def stalled() -> bool:
            made.append(blocks())
            return made[0] < made[-1] == made[max(0, len(made) - 30)]

        eventually(stalled)
        whole = decoded(await asyncio.to_thread(everything, reading))
        assert blocks() - made[0] > 2 * (made[-1] - made[0])
        assert whole.audio == native(daemon, text)
        cancelled = daemon.status()["utterances"]["cancelled"]
        os.close(await client.synthesize(LONG))
        eventually(lambda: daemon.status()["utterances"]["cancelled"] == cancelled + 1)

    talk(dialogue)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_gateway_that_ends_while_it_speaks(daemon: Daemon, number: signal.Signals) -> None:
    """The pipe ends, the utterance is cancelled, and the name is free."""
    with session_bus() as bus:
        with started("spiel", daemon.env | bus) as gateway:

            async def main() -> None:
                async with caller(bus) as client:
                    await present(client)
                    reading = await client.synthesize(LONG)
                    gateway.process.send_signal(number)
                    await asyncio.to_thread(everything, reading)

            asyncio.run(main())
            assert gateway.process.wait(10) == (0 if number == signal.SIGTERM else -number)
        eventually(lambda: idle(daemon.status()))
        with running("spiel", daemon, **bus):

            async def again() -> None:
                async with caller(bus) as client:
                    await present(client)
                    assert (await client.heard("Hello.")).audio == native(daemon, "Hello.")

            asyncio.run(again())


def test_a_daemon_that_comes_and_goes(tmp_path: Path) -> None:
    """The name appears with the voices; while the daemon is away calls are refused."""
    (tmp_path / "config.toml").write_text(LIGHT)
    daemon = Daemon(user_env(tmp_path / "user", tmp_path / "cache"), ["--config", str(tmp_path / "config.toml")])
    with session_bus() as bus, running("spiel", daemon, **bus):

        async def main() -> None:
            async with caller(bus) as client:
                with pytest.raises(DBusError, match="not provided"):
                    await client.get("Name")
                for _ in range(2):
                    daemon.start().ready()
                    await present(client)
                    assert [voice[0] for voice in await client.get("Voices")] == ["paced"]
                    assert len((await client.heard(WORD, voice="paced")).audio) == 2400
                    stages = daemon.pids().values()
                    daemon.process.kill()
                    daemon.process.wait(10)
                    with pytest.raises(DBusError, match="no daemon"):
                        await client.synthesize(WORD, voice="paced")
                    eventually(lambda stages=stages: not any(map(alive, stages)))  # type: ignore[misc]

        asyncio.run(main())


def test_no_session_bus(daemon: Daemon) -> None:
    env = {name: value for name, value in daemon.env.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    said = refusal("spiel", env)
    assert "svgate spiel: there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set; start" in said


def test_idle(daemon: Daemon, gateway: tuple[Gateway, dict[str, str]], talk: Talk) -> None:
    """At most 40 MB, and no wake-ups between requests."""

    async def dialogue(client: Caller) -> None:
        await client.heard(FOX)

    talk(dialogue)
    process, _ = gateway
    seen = [process.switches()]

    def at_rest() -> bool:
        seen.append(process.switches())
        return len(seen) > 100 and seen[-1] == seen[-100]

    eventually(at_rest)
    assert process.rss_bytes() < 40 << 20
