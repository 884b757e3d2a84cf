"""What plays on the sound device, from the daemon's events, as a media player shows it. Pure."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from dbus_fast import Variant

from steadyvoice.ipc import messages as m

NAME: Final = "Steadyvoice"
_TRACK: Final = "/org/steadyvoice/utterance/{}"
_NO_TRACK: Final = "/org/mpris/MediaPlayer2/TrackList/NoTrack"
_TAG: Final = re.compile(r"<[^>]*>?")


def title(text: str) -> str:
    """The beginning of a text, without the tags of SSML."""
    if text.lstrip().startswith(("<speak", "<?xml")):
        text = unescape(_TAG.sub(" ", text))
    return " ".join(text.split()) or NAME


@dataclass
class State:
    """Of the daemon; a new one has nothing to play."""

    paused: bool = False
    playing: int | None = None
    """The utterance on the sound device."""
    _titles: dict[int, str] = field(default_factory=dict)
    """Utterances for the sound device that have not ended."""

    def on_event(self, event: m.Event) -> None:
        match event:
            case m.Queued(sink="device"):
                self._titles[event.id] = title(event.text)
            case m.Started() if event.id in self._titles:
                self.playing = event.id
            case m.Finished():
                self._titles.pop(event.id, None)
                if self.playing == event.id:
                    self.playing = None
            case m.Paused():
                self.paused = event.paused

    @property
    def status(self) -> str:
        if self.paused:
            return "Paused"
        return "Stopped" if self.playing is None else "Playing"

    @property
    def metadata(self) -> dict[str, Variant]:
        if self.playing is None:
            return {"mpris:trackid": Variant("o", _NO_TRACK)}
        return {
            "mpris:trackid": Variant("o", _TRACK.format(self.playing)),
            "xesam:title": Variant("s", self._titles[self.playing]),
        }

    def properties(self) -> dict[str, object]:
        """Properties of the player that change."""
        return {"PlaybackStatus": self.status, "Metadata": self.metadata, "CanGoNext": self.playing is not None}
