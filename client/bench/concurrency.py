"""``svctl bench concurrency``: how many listeners at once, and does one that has fallen asleep disturb the others.

A listener plays with a buffer of one block: it takes block k when block k - 1 has been played. One that is made later
than that is an underrun, and moves all that comes after it, as it would in a player. All listeners are one thread of
this process.

jitter     ms from when a block was due until the client had it; the client's own wake-up is part of it
wakeup     ms by which the client was woken too late when it slept until a block was due
ahead_ms   the least that a block was made before it was due
first      ms from a request to its first block: ``together``, all n are asked for at once; ``beside``, of one more
           that is asked for while n play
busy       share of the time that a stage was at work, by its own clock; ``cores``: summed up where they are pinned
cpu        cores' time used: by the daemon, this client, and everybody who has no part in it
"""

import gc
import heapq
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from steadyvoice.client.bench.daemon import BenchFailed, machine, private_daemon, workplace
from steadyvoice.client.bench.statistics import summary
from steadyvoice.client.client import Client
from steadyvoice.client.render import table
from steadyvoice.client.utterance import Stream

_STREAMS: Final = 240  # the most that a daemon may be set to
_SETTINGS: Final = f"[limits]\nstreams = {_STREAMS}\nutterances = {_STREAMS}\n"
_SENTENCES: Final = (
    "The old keeper climbs the stairs every evening to light the lamp. ",
    "Nobody in the village remembers when the tower was built, or by whom. ",
    "Ships pass. ",
    "In winter the sea throws its spray against the windows, and the whole house hums like a bell. ",
    "He writes down what he sees, the hour and the wind, in a small and careful hand. ",
    "A letter comes once a month, with the boat that brings flour, oil, and the newspapers of four weeks. ",
)
_CHARS_A_SECOND: Final = 25  # more than anybody speaks
_START_S: Final = 1.0
"""A step's measuring begins so long after its last stream has; what runs dry before is told apart."""
_GIVE_UP_S: Final = 60.0
_TRIES: Final = 2
"""A step that fails is done again: this machine may have had other things to do."""
_PAUSE_S: Final = 0.25
_PLAYING, _ASLEEP = 8, 24


class _Listener:
    """Times are monotonic nanoseconds, as in the blocks' history."""

    def __init__(self, client: Client, text: str) -> None:
        self._asked = time.monotonic_ns()
        self._stream = client.stream(text)
        self._sample_ns = 1e9 / self._stream.sample_rate
        self.fd = self._stream.waits_on[0]
        self.first_ms = 0.0
        self.due = 0
        """When it must have its next block; 0: it has had none."""
        self.forget()

    def forget(self) -> None:
        self.late: list[float] = []
        self.ahead: list[float] = []

    def take(self) -> bool:
        """The next block, if it is there."""
        block = self._stream.take()
        if block is None:
            return False
        now, made = time.monotonic_ns(), max(self._stream.history)
        if self.due:
            self.late.append((now - self.due) / 1e6)
            self.ahead.append((self.due - made) / 1e6)
        else:
            self.first_ms = (now - self._asked) / 1e6
        if made > self.due:
            self.due = now
        self.due += round(len(block) * self._sample_ns)
        return True


class _Room:
    """Listeners at the same time: each is given its blocks when they are due, one after the other."""

    def __init__(self, client: Client, count: int, seconds: float) -> None:
        """Ask for all at once; return when a second has passed since the last one had its first block."""
        self.listeners: list[_Listener] = []
        self._sounding: list[tuple[int, int, _Listener]] = []
        self._waiting: dict[int, _Listener] = {}
        self.wakeups: list[float] = []
        for number in range(count):
            self.listeners.append(listener := _Listener(client, _text(number, seconds)))
            self._waiting[listener.fd] = listener
            self.play(0)
        deadline = time.monotonic() + _GIVE_UP_S
        while not all(listener.due for listener in self.listeners):
            if time.monotonic() > deadline:
                raise BenchFailed(f"one of {count} streams has not begun after {_GIVE_UP_S:g} s")
            self.play(0.01)
        self.play(_START_S)

    def forget(self) -> None:
        self.wakeups.clear()
        for listener in self.listeners:
            listener.forget()

    @property
    def late(self) -> list[float]:
        return [late for listener in self.listeners for late in listener.late]

    @property
    def underruns(self) -> list[float]:
        """Of each, the ms by which the block was made too late."""
        return [-ahead for listener in self.listeners for ahead in listener.ahead if ahead < 0]

    def play(self, seconds: float) -> None:
        until = time.monotonic_ns() + int(seconds * 1e9)
        while (asked := time.monotonic_ns()) < until:
            wake = min(until, self._sounding[0][0]) if self._sounding else until
            dry = select.select(self._waiting, [], [], max(0, wake - asked) / 1e9)[0]
            woken = time.monotonic_ns()
            if asked < wake <= woken:
                self.wakeups.append((woken - wake) / 1e6)
            for fd in dry:
                self._serve(self._waiting.pop(fd))
            while self._sounding and self._sounding[0][0] <= time.monotonic_ns():
                self._serve(heapq.heappop(self._sounding)[2])

    def _serve(self, listener: _Listener) -> None:
        if listener.take():
            heapq.heappush(self._sounding, (listener.due, listener.fd, listener))
        else:
            self._waiting[listener.fd] = listener


def _text(number: int, seconds: float) -> str:
    """Longer than that; no two neighbours speak the same at the same time."""
    at = number % len(_SENTENCES)
    turn = "".join(_SENTENCES[at:] + _SENTENCES[:at])
    return turn * (1 + int((seconds + _GIVE_UP_S) * _CHARS_A_SECOND) // len(turn))


def measure(seconds: float, most: int) -> dict[str, Any]:
    """The object of ``bench concurrency --json``; ``streams``: the most that played without an underrun, starting included.

    ``steps``: of each number of streams, its underruns while they were ``starting`` and while they were ``playing``, and
    what stands above. ``sleepers``: jitter and underruns of the same players, ``alone`` and ``beside`` sleepers by turns.
    """
    gc.collect()
    gc.disable()
    try:
        with workplace() as place, private_daemon(place, _SETTINGS) as client:
            about = machine(client)
            client.stream(_SENTENCES[0]).wait() # TODO
            steps = list(_steps(client, place, seconds, most))
            sleepers = _sleepers(client, place, seconds, most)
    finally:
        gc.enable()
    ...
