"""The interfaces ``org.mpris.MediaPlayer2`` and ``.Player``, version 2.2, over one daemon."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from dbus_fast import DBusError, ErrorType, PropertyAccess
from dbus_fast.annotations import (
    DBusBool,
    DBusDict,
    DBusDouble,
    DBusInt64,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
)
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.gateways.mpris.state import NAME, State
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.errors import RequestRefused, SteadyvoiceError

_READ = PropertyAccess.READ
_Strings = Annotated[list[str], DBusSignature("as")]


class Application(ServiceInterface):
    """``org.mpris.MediaPlayer2``: nothing to raise, to quit or to open."""

    def __init__(self) -> None:
        super().__init__("org.mpris.MediaPlayer2")

    @dbus_property(_READ, "Identity")
    def identity(self) -> DBusStr:
        return NAME

    @dbus_property(_READ, "CanQuit")
    def can_quit(self) -> DBusBool:
        return False

    @dbus_property(_READ, "CanRaise")
    def can_raise(self) -> DBusBool:
        return False

    @dbus_property(_READ, "HasTrackList")
    def has_track_list(self) -> DBusBool:
        return False

    @dbus_property(_READ, "SupportedUriSchemes")
    def supported_uri_schemes(self) -> _Strings:
        return []

    @dbus_property(_READ, "SupportedMimeTypes")
    def supported_mime_types(self) -> _Strings:
        return []

    @dbus_method("Quit")
    def quit(self) -> None: ...

    @dbus_method("Raise")
    def raise_(self) -> None: ...


class Player(ServiceInterface):
    """``org.mpris.MediaPlayer2.Player``: pause, play, next and stop act on the speech of all clients.

    More than 12 methods: the interface has them.
    """

    def __init__(self, daemon: AsyncClient) -> None:
        super().__init__("org.mpris.MediaPlayer2.Player")
        self._daemon = daemon
        self._state = State()

    def on_event(self, event: m.Event) -> None:
        """Follow the daemon, and tell what has changed."""
        before = self._state.properties()
        self._state.on_event(event)
        self._announce(before)

    def reset(self, *, paused: bool = False) -> None:
        """The daemon has gone, or another one was found."""
        before = self._state.properties()
        self._state = State(paused=paused)
        self._announce(before)

    def _announce(self, before: dict[str, object]) -> None:
        changed = {name: value for name, value in self._state.properties().items() if value != before[name]}
        if changed:
            self.emit_properties_changed(changed)

    @dbus_method("Next")
    async def next(self) -> None:
        """Skip the rest of the utterance."""
        await self._ask(self._daemon.skip)

    @dbus_method("Previous")
    def previous(self) -> None: ...

    @dbus_method("Pause")
    async def pause(self) -> None:
        await self._ask(self._daemon.pause)

    @dbus_method("Play")
    async def play(self) -> None:
        await self._ask(self._daemon.resume)

    @dbus_method("PlayPause")
    async def play_pause(self) -> None:
        await self._ask(self._daemon.resume if self._state.paused else self._daemon.pause)

    @dbus_method("Stop")
    async def stop(self) -> None:
        """Cancel the speech of all clients. What comes later is heard: a pause ends too."""

        async def cancel() -> None:
            await self._daemon.cancel(everyone=True)
            if self._state.paused:
                await self._daemon.resume()

        await self._ask(cancel)

    @dbus_method("Seek")
    def seek(self, offset: DBusInt64) -> None: ...

    @dbus_method("SetPosition")
    def set_position(self, track: DBusObjectPath, position: DBusInt64) -> None: ...

    @dbus_method("OpenUri")
    def open_uri(self, uri: DBusStr) -> None: ...

    @dbus_signal("Seeked")
    def seeked(self) -> DBusInt64:
        return 0

    @dbus_property(_READ, "PlaybackStatus")
    def playback_status(self) -> DBusStr:
        return self._state.status

    @dbus_property(_READ, "Metadata")
    def metadata(self) -> DBusDict:
        return self._state.metadata

    @dbus_property(_READ, "CanGoNext")
    def can_go_next(self) -> DBusBool:
        return self._state.playing is not None

    @dbus_property(_READ, "Rate")
    def rate(self) -> DBusDouble:
        return 1.0

    @dbus_property(_READ, "MinimumRate")
    def minimum_rate(self) -> DBusDouble:
        return 1.0

    @dbus_property(_READ, "MaximumRate")
    def maximum_rate(self) -> DBusDouble:
        return 1.0

    @dbus_property(_READ, "Volume")
    def volume(self) -> DBusDouble:
        return 1.0

    @dbus_property(_READ, "Position")
    def position(self) -> DBusInt64:
        return 0

    @dbus_property(_READ, "CanGoPrevious")
    def can_go_previous(self) -> DBusBool:
        return False

    @dbus_property(_READ, "CanPlay")
    def can_play(self) -> DBusBool:
        return True

    @dbus_property(_READ, "CanPause")
    def can_pause(self) -> DBusBool:
        return True

    @dbus_property(_READ, "CanSeek")
    def can_seek(self) -> DBusBool:
        return False

    @dbus_property(_READ, "CanControl")
    def can_control(self) -> DBusBool:
        return True

    async def _ask(self, request: Callable[[], Awaitable[Any]]) -> None:
        try:
            await request()
        except RequestRefused as error:
            if error.code != "nothing_playing":  # the interface demands that nothing happens then
                raise DBusError(ErrorType.FAILED, str(error)) from error
        except SteadyvoiceError as error:
            raise DBusError(ErrorType.FAILED, str(error)) from error
