"""A raw caller of a Spiel provider over D-Bus, which reads the stream as libspiel does."""

import asyncio
import contextlib
import os
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import BusType, DBusError, Message, MessageType
from dbus_fast.aio import MessageBus

NAME, PATH = "org.steadyvoice.Speech.Provider", "/org/steadyvoice/Speech/Provider"
INTERFACE = "org.freedesktop.Speech.Provider"


@dataclass
class Heard:
    audio: bytes = b""
    words: list[tuple[int, int]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


def decoded(stream: bytes) -> Heard:
    """As speech-provider-stream-reader.c reads it."""
    assert stream[:4] == b"0.01"
    heard, at = Heard(), 4
    while at < len(stream):
        kind, at = stream[at], at + 1
        if kind == 1:
            (size,) = struct.unpack_from("=I", stream, at)
            heard.audio += stream[at + 4 : at + 4 + size]
            heard.order.append("audio")
            at += 4 + size
        else:
            assert kind == 2
            event, start, end, size = struct.unpack_from("=BIII", stream, at)
            name = stream[at + 13 : at + 13 + size].decode()
            at += 13 + size
            heard.order.append("word" if event == 1 else "mark")
            if event == 1:
                heard.words.append((start, end))
            else:
                assert event == 4
                heard.marks.append(name)
    return heard


def everything(reading: int) -> bytes:
    with open(reading, "rb") as pipe:
        return pipe.read()


class Caller:
    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def call(self, member: str, signature: str, *body: Any, fds: list[int] | None = None, of: str = "") -> Any:
        reply = await self._bus.call(
            Message(NAME, PATH, of or INTERFACE, member, signature=signature, body=list(body), unix_fds=fds or [])
        )
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise DBusError(str(reply.error_name), reply.body[0])
        return reply.body[0] if reply.body else None

    async def get(self, name: str) -> Any:
        return (await self.call("Get", "ss", INTERFACE, name, of="org.freedesktop.DBus.Properties")).value

    async def synthesize(
        self,
        text: str,
        *,
        voice: str = "heart",
        pitch: float = 1.0,
        rate: float = 1.0,
        ssml: bool = False,
        lang: str = "",
    ) -> int:
        """The reading end of the pipe."""
        reading, writing = os.pipe()
        try:
            await self.call("Synthesize", "hssddbs", 0, text, voice, pitch, rate, ssml, lang, fds=[writing])
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return reading

    async def heard(self, text: str, **options: Any) -> Heard:
        reading = await self.synthesize(text, **options)
        return decoded(await asyncio.to_thread(everything, reading))


@contextlib.asynccontextmanager
async def caller(env: dict[str, str]) -> AsyncIterator[Caller]:
    bus = MessageBus(env["DBUS_SESSION_BUS_ADDRESS"], BusType.SESSION, negotiate_unix_fd=True)
    await bus.connect()
    try:
        yield Caller(bus)
    finally:
        bus.disconnect()
        await asyncio.sleep(0)


async def present(caller: Caller) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(DBusError):
                await caller.get("Name")
                return
            await asyncio.sleep(0.01)
