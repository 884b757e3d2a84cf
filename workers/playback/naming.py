"""Finding the sound device that the user names."""

import difflib
from collections.abc import Sequence
from typing import Final, NamedTuple

from steadyvoice.ipc.errors import DeviceUnavailable, one_line


class NoDevice(DeviceUnavailable):
    """There is no sound device now; the message says why, and what to do."""

    def __init__(self, problem: str, *, busy: bool = False) -> None:
        """busy: the device exists, and may be available later."""
        super().__init__(problem)
        self.busy = busy


class Direction(NamedTuple):
    """Playback or capture: a device may have one or both. The rest is said where none is found."""

    captures: bool
    kind: str
    lacks: str
    """What a device does that has the other direction only."""
    none: str
    choose: str
    """How the user names a device; ends where its name follows."""
    how: str
    """How the user names the device with that number."""


PLAYBACK: Final = Direction(
    False,
    "sound device",
    "only records",
    "no sound device: write a file with -o FILE.wav, or see svctl doctor",
    "in the configuration, [audio] device",
    'device = "{}"',
)
CAPTURE: Final = Direction(
    True,
    "microphone",
    "only plays",
    "no microphone: plug one in, or use another source, such as tone or FILE",
    "as the source, mic:NAME",
    "mic:{}",
)


class ListedDevice(NamedTuple):
    """A device as PortAudio lists it."""

    number: int
    name: str
    system: str
    """ALSA, JACK, …"""
    plays: bool
    records: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.system}"

    def has(self, direction: Direction) -> bool:
        return self.records if direction.captures else self.plays


def find(wanted: str, devices: Sequence[ListedDevice], direction: Direction = PLAYBACK) -> ListedDevice:
    """The device of that direction that ``wanted`` names; NoDevice if none or several do.

    wanted: a number, a name in any case, or parts of a name in order; a whole name precedes parts.
    devices: all devices, by number.
    """
    usable = [device for device in devices if device.has(direction)]
    if not usable:
        raise NoDevice(direction.none)
    matches, said = _matches(wanted, usable), one_line(wanted)
    if len(matches) == 1:
        return matches[0]
    kind = direction.kind
    if matches:
        names = ", ".join(f"{device.number} {one_line(device.full_name)!r}" for device in matches)
        how = f"write the whole name, or the number: {direction.how.format(matches[0].number)}"
        raise NoDevice(f"the name {said!r} fits several {kind}s: {names}; {how}")
    listed = listing(usable, direction)
    if _matches(wanted, devices):
        raise NoDevice(f"the sound device {said!r} {direction.lacks}; there are: {listed}")
    near = difflib.get_close_matches(wanted.lower(), [device.name.lower() for device in usable], n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise NoDevice(f"there is no {kind} {said!r}; {meant}there are: {listed}")


def listing(devices: Sequence[ListedDevice], direction: Direction = PLAYBACK) -> str:
    """One line with the devices of that direction."""
    return ", ".join(f"{device.number} {one_line(device.name)!r}" for device in devices if device.has(direction))


def _matches(wanted: str, devices: Sequence[ListedDevice]) -> list[ListedDevice]:
    if wanted.isdecimal():
        return [device for device in devices if device.number == int(wanted)]
    name = wanted.strip().lower()
    exact = [device for device in devices if name in (device.name.lower(), device.full_name.lower())]
    return exact or [device for device in devices if _contains_in_order(device.full_name.lower(), name.split())]


def _contains_in_order(name: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        at = name.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
