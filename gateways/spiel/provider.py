"""The interface ``org.freedesktop.Speech.Provider`` over one daemon."""

import asyncio
import contextlib
import logging
from typing import Annotated, Final

from dbus_fast import DBusError, ErrorType, PropertyAccess
from dbus_fast.annotations import DBusBool, DBusDouble, DBusSignature, DBusStr, DBusUnixFd
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.client.options import ToClient
from steadyvoice.gateways import voices
from steadyvoice.gateways.spiel import encoding
from steadyvoice.gateways.spiel.pipe import Pipe
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.messages import VoiceInfo

log = logging.getLogger("svgate")

_INVALID: Final = ("unknown_voice", "voice_not_installed", "text_too_long")
_Voices = Annotated[list[list[object]], DBusSignature("a(ssstas)")]


class Provider(ServiceInterface):
    """Speech into pipes; any number at a time."""

    def __init__(self, daemon: AsyncClient) -> None:
        super().__init__("org.freedesktop.Speech.Provider")
        self._daemon = daemon
        self._known: list[VoiceInfo] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def refresh(self) -> None:
        """Ask the daemon for its voices, and tell clients if they have changed. DaemonUnreachable."""
        known = await self._daemon.voices()
        if known != self._known:
            self._known = known
            self.emit_properties_changed({"Voices": self._shown()})

    async def close(self) -> None:
        """End all streams."""
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)

    @dbus_property(PropertyAccess.READ, "Name")
    def name_(self) -> DBusStr:
        return "Steadyvoice"

    @dbus_property(PropertyAccess.READ, "Voices")
    def voices(self) -> _Voices:
        return self._shown()

    def _shown(self) -> list[list[object]]:
        return [list(encoding.voice(voice)) for voice in self._known if voice.installed]

    @dbus_method("Synthesize")
    async def synthesize(
        self,
        pipe_fd: DBusUnixFd,
        text: DBusStr,
        voice_id: DBusStr,
        pitch: DBusDouble,
        rate: DBusDouble,
        is_ssml: DBusBool,
        language: DBusStr,
    ) -> None:
        """Answered when the first audio is there, or with the reason why none comes; the rest follows in the pipe."""
        options = ToClient(
            voice=voice_id or self._speaking(language),
            format="s16",
            rate=encoding.rate(rate),
            pitch=encoding.pitch(pitch),
            ssml=is_ssml,
        )
        with contextlib.ExitStack() as cleanup:
            pipe = Pipe(pipe_fd)
            cleanup.callback(pipe.close)
            try:
                stream = await self._daemon.stream(text, **options)
                cleanup.callback(stream.close)
                first = await stream.read()
            except SteadyvoiceError as error:
                code = getattr(error, "code", "")
                if code != "text_empty":
                    kind = ErrorType.INVALID_ARGS if code in _INVALID else ErrorType.FAILED
                    raise DBusError(kind, str(error)) from error
                with contextlib.suppress(OSError):
                    await pipe.write(encoding.HEADER)
                return
            task = asyncio.create_task(self._send(stream, first, pipe))
            later = cleanup.pop_all()
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        task.add_done_callback(lambda _: later.close())  # also of a task that is cancelled before it begins
        with contextlib.suppress(SteadyvoiceError):
            await self.refresh()

    def _speaking(self, language: str) -> str:
        found = voices.speaking(language, self._known) if language else None
        return found.name if found is not None else ""

    async def _send(self, stream: AsyncStream, block: bytes, pipe: Pipe) -> None:
        """Write each block as it comes, and the words that it reaches. A reader that goes away cancels the speech."""
        marks = 0
        try:
            data = encoding.HEADER
            while block:
                await pipe.write(data + encoding.audio(block))
                block = await stream.read()
                reached = stream.marks[marks:]
                marks += len(reached)
                data = b"".join(map(encoding.event, reached))
            await pipe.write(data)
        except OSError:
            pass  # nobody reads it any more
        except SteadyvoiceError as error:
            log.warning("speech ended early: %s", error)
