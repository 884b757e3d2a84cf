"""Finding the sound device that the configuration names."""

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from steadyvoice.ipc.errors import DeviceUnavailable, one_line


class NoDevice(DeviceUnavailable):
    """There is no sound device now; the message says why, and what to do."""

    def __init__(self, problem: str, *, busy: bool = False) -> None:
        """busy: the device exists, and may be available later."""
        super().__init__(problem)
        self.busy = busy


class ListedDevice(NamedTuple):
    """A device as PortAudio lists it."""

    number: int
    name: str
    system: str
    """ALSA, JACK, …"""
    plays: bool

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.system}"


def find(wanted: str, devices: Sequence[ListedDevice]) -> ListedDevice:
    """The device that ``wanted`` names; NoDevice if none or several do.

    wanted: a number, a name in any case, or parts of a name in order; a whole name precedes parts.
    devices: all devices, by number.
    """
    playing = [device for device in devices if device.plays]
    if not playing:
        raise NoDevice("no sound device: write a file with -o FILE.wav, or see svctl doctor")
    matches, said = _matches(wanted, playing), one_line(wanted)
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(f"{device.number} {one_line(device.full_name)!r}" for device in matches)
        how = f'write the whole name, or the number: device = "{matches[0].number}"'
        raise NoDevice(f"the name {said!r} fits several sound devices: {names}; {how}")
    if _matches(wanted, devices):
        raise NoDevice(f"the sound device {said!r} only records; there are: {listing(playing)}")
    near = difflib.get_close_matches(wanted.lower(), [device.name.lower() for device in playing], n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise NoDevice(f"there is no sound device {said!r}; {meant}there are: {listing(playing)}")


def listing(devices: Sequence[ListedDevice]) -> str:
    """One line with the devices that play."""
    return ", ".join(f"{device.number} {one_line(device.name)!r}" for device in devices if device.plays)


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
