"""What happens to speech on the sound device while the user speaks: a decision, without doing any of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from steadyvoice.ipc.listening import EarlySign, EarlySignGone, Heard, Listen, SpeechEnded, SpeechStarted


@dataclass(frozen=True)
class OnDevice:
    """The device's utterances at the time of an event."""

    ids: Sequence[int] = ()
    """All that play or wait, in playback order."""
    heard_chars: int = 0
    """Of the first, until now."""
    has_begun: bool = False
    """The first one was heard in part."""
    is_paused: bool = False

    @property
    def is_audible(self) -> bool:
        return self.has_begun and not self.is_paused


@dataclass(frozen=True)
class SetGain:
    """Of speech, within one block."""

    gain: float


@dataclass(frozen=True)
class CancelSpeech:
    """End these utterances, and go on with the next action when they have faded out."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class Pause:
    """As a client's pause or resume."""

    on: bool


@dataclass(frozen=True)
class Announce:
    """To clients that subscribe: an event ``speech_started`` or ``speech_ended``."""

    kind: Literal["speech_started", "speech_ended"]
    at_ns: int
    """When the user's speech began, or ended, monotonic nanoseconds."""
    id: int
    """Of the utterance that is or was being heard, also where it is paused; 0: none."""
    heard_chars: int
    """Of that utterance, until now."""


Action = SetGain | CancelSpeech | Pause | Announce


class BargeIn:
    """Actions are to be carried out in their order."""

    def __init__(self, settings: Listen) -> None:
        self._mode = settings.mode
        self._low = 10 ** (-settings.duck_db / 20)
        self._gain = 1.0
        self._user_speaks = False
        self._has_paused = False
        """The pause is ours, and ends with the user's speech."""

    def on(self, event: Heard, device: OnDevice) -> list[Action]:
        """The listen stage has reported this."""
        match event:
            case EarlySign():
                return self._set_gain(self._low) if device.is_audible else []
            case EarlySignGone():
                return [] if self._user_speaks else self._set_gain(1.0)
            case SpeechStarted(at_ns):
                if self._user_speaks:
                    return []
                self._user_speaks = True
                return [_announce("speech_started", at_ns, device), *self._react(device)]
            case SpeechEnded(at_ns):
                return self._end(at_ns, device)

    def paused_by_client(self) -> None:
        """A client has asked for pause or resume: the pause is its own from now on."""
        self._has_paused = False

    def lost(self, now_ns: int, device: OnDevice) -> list[Action]:
        """The listen stage has died or is stopped: undo what would wait for its next report."""
        return self._end(now_ns, device) if self._user_speaks else self._set_gain(1.0)

    def _react(self, device: OnDevice) -> list[Action]:
        match self._mode:
            case "duck":
                return self._set_gain(self._low)
            case "pause" if device.is_audible:
                self._has_paused = True
                return [Pause(True)]
            case "cancel" if device.ids:
                return [CancelSpeech(tuple(device.ids)), *self._set_gain(1.0)]
        return self._set_gain(1.0)

    def _end(self, at_ns: int, device: OnDevice) -> list[Action]:
        if not self._user_speaks:
            return []
        self._user_speaks = False
        actions = self._set_gain(1.0)
        if self._has_paused and device.is_paused:
            actions.append(Pause(False))
        self._has_paused = False
        return [*actions, _announce("speech_ended", at_ns, device)]

    def _set_gain(self, gain: float) -> list[Action]:
        if gain == self._gain:
            return []
        self._gain = gain
        return [SetGain(gain)]


def _announce(kind: Literal["speech_started", "speech_ended"], at_ns: int, device: OnDevice) -> Announce:
    heard = (device.ids[0], device.heard_chars) if device.has_begun and device.ids else (0, 0)
    return Announce(kind, at_ns, *heard)
