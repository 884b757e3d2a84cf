"""Clients that read at the sample rate, many at once in one thread: for ``bench concurrency``.

A listener buffers one block: it takes block k when block k - 1 has been played. A block made later than that is an
underrun, and delays all following ones, as in a player.
"""

import heapq
import select
import time
from typing import Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import BenchFailed

SENTENCES: Final = [
    "The old keeper climbs the stairs every evening to light the lamp. ",
    "Nobody in the village remembers when the tower was built, or by whom. ",
    "Ships pass. ",
    "In winter the sea throws its spray against the windows, and the whole house hums like a bell. ",
    "He writes down what he sees, the hour and the wind, in a small and careful hand. ",
    "A letter comes once a month, with the boat that brings flour, oil, and the newspapers of four weeks. ",
]
START_S: Final = 1.0
"""Seconds of playing, after the last listener's first block, that count as the start."""
_CHARS_A_SECOND: Final = 25  # more than any voice speaks
_GIVE_UP_S: Final = 60.0


def text(number: int, seconds: float) -> str:
    """More text than fits in this time, including the start; consecutive numbers begin with different sentences."""
    at = number % len(SENTENCES)
    turn = "".join(SENTENCES[at:] + SENTENCES[:at])
    return turn * (1 + int((seconds + START_S + _GIVE_UP_S) * _CHARS_A_SECOND) // len(turn))


class Listener:
    """One stream and its player. Times are monotonic nanoseconds, as in the blocks' history."""

    def __init__(self, client: Client, text: str) -> None:
        self._asked = time.monotonic_ns()
        self._stream = client.stream(text)
        self._sample_ns = 1e9 / self._stream.sample_rate
        self.fd = self._stream.waits_on[0]
        """Readable when blocks are available."""
        self.first_ms = 0.0
        """Milliseconds from the request to the first block."""
        self.due = 0
        """Deadline of the next block; 0: there has been none."""
        self.reset()

    def reset(self) -> None:
        self.late_ms: list[float] = []
        """Of each block: ms from its deadline until it was taken."""
        self.wakeup_ms: list[float] = []
        """Of each block: the part of late_ms before this process was running."""
        self.ahead_ms: list[float] = []
        """Of each block: ms from its synthesis to its deadline; negative for an underrun."""

    def take(self, woken: int) -> bool:
        """Take the next block if it is ready. woken: since when this process has been running."""
        block = self._stream.take()
        if block is None:
            return False
        now, made = time.monotonic_ns(), max(self._stream.history)
        if self.due:
            self.late_ms.append((now - self.due) / 1e6)
            self.wakeup_ms.append(max(0, woken - self.due) / 1e6)
            self.ahead_ms.append((self.due - made) / 1e6)
        else:
            self.first_ms = (now - self._asked) / 1e6
        if made > self.due:
            self.due = now
        self.due += round(len(block) * self._sample_ns)
        return True


class ListenerGroup:
    """Simultaneous listeners, each served when its next block is due."""

    def __init__(self, client: Client, count: int, seconds: float) -> None:
        """Request all streams at once, longer than this many seconds; return when the start is over."""
        self.listeners: list[Listener] = []
        self._playing: list[tuple[int, int, Listener]] = []
        self._waiting: dict[int, Listener] = {}
        for number in range(count):
            self.listeners.append(listener := Listener(client, text(number, seconds)))
            self._waiting[listener.fd] = listener
            self.play(0)
        deadline = time.monotonic() + _GIVE_UP_S
        while not all(listener.due for listener in self.listeners):
            if time.monotonic() > deadline:
                raise BenchFailed(f"one of {count} streams has not begun after {_GIVE_UP_S:g} s")
            self.play(0.01)
        self.play(START_S)

    def reset(self) -> None:
        """Discard the measurements so far."""
        for listener in self.listeners:
            listener.reset()

    @property
    def late_ms(self) -> list[float]:
        return [late for listener in self.listeners for late in listener.late_ms]

    @property
    def wakeup_ms(self) -> list[float]:
        return [ms for listener in self.listeners for ms in listener.wakeup_ms]

    @property
    def ahead_ms(self) -> list[float]:
        """Margins of all blocks, including those that are due now."""
        now = time.monotonic_ns()
        pending = [(listener.due - now) / 1e6 for listener in self._waiting.values()]
        return [ahead for listener in self.listeners for ahead in listener.ahead_ms] + pending

    def play(self, seconds: float) -> None:
        """Serve all listeners for this time, and at least once."""
        until = time.monotonic_ns() + int(seconds * 1e9)
        while True:
            wake = min(until, self._playing[0][0]) if self._playing else until
            come = select.select(self._waiting, [], [], max(0, wake - time.monotonic_ns()) / 1e9)[0]
            woken = time.monotonic_ns()
            for fd in come:
                self._serve(self._waiting.pop(fd), woken)
            while self._playing and self._playing[0][0] <= time.monotonic_ns():
                self._serve(heapq.heappop(self._playing)[2], woken)
            if woken >= until:
                return

    def _serve(self, listener: Listener, woken: int) -> None:
        if listener.take(woken):
            heapq.heappush(self._playing, (listener.due, listener.fd, listener))
        else:
            self._waiting[listener.fd] = listener
