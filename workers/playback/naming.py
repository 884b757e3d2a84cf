"""Which of the sound devices a configuration means, by its name or number."""

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from steadyvoice.ipc.errors import SteadyvoiceError, one_line


class NoDevice(SteadyvoiceError):
    """There is no sound device to be had now; says why and what to do."""

    def __init__(self, problem: str, *, busy: bool = False) -> None:
        """busy: it is there, and may be had later."""
        super().__init__(problem)
        self.busy = busy


class Known(NamedTuple):
    """A device as PortAudio lists it."""

    number: int
    name: str
    system: str
    """ALSA, JACK, …"""
    plays: bool

    @property
    def whole(self) -> str:
        return f"{self.name}, {self.system}"


def find(wanted: str, devices: Sequence[Known]) -> Known:
    """A number, a name in any case, or parts of one in their order; a whole name goes before parts. NoDevice if none.

    devices: all that there are, by number.
    """
    playing = [device for device in devices if device.plays]
    if not playing:
        raise NoDevice("no sound device: write a file with -o FILE.wav, or see svctl doctor")
    fits, said = _fits(wanted, playing), one_line(wanted)
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = ", ".join(f"{device.number} {one_line(device.whole)!r}" for device in fits)
        how = f'write the whole name, or the number: device = "{fits[0].number}"'
        raise NoDevice(f"the name {said!r} fits several sound devices: {names}; {how}")
    if _fits(wanted, devices):
        raise NoDevice(f"the sound device {said!r} only records; there are: {listed(playing)}")
    near = difflib.get_close_matches(wanted.lower(), [device.name.lower() for device in playing], n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise NoDevice(f"there is no sound device {said!r}; {meant}there are: {listed(playing)}")


def listed(devices: Sequence[Known]) -> str:
    """Those that play, as one line."""
    return ", ".join(f"{device.number} {one_line(device.name)!r}" for device in devices if device.plays)


def _fits(wanted: str, devices: Sequence[Known]) -> list[Known]:
    if wanted.isdecimal():
        return [device for device in devices if device.number == int(wanted)]
    name = wanted.strip().lower()
    exact = [device for device in devices if name in (device.name.lower(), device.whole.lower())]
    return exact or [device for device in devices if _has(device.whole.lower(), name.split())]


def _has(name: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        at = name.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
