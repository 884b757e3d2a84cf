"""``svctl bench concurrency``: how many listeners at once, each at its sample rate, and does a sleeping one disturb them.

A listener plays with a buffer of one block: block k is due when block k - 1 has been played. One that is made later is
an underrun, and shifts what is due after it, as it would in a player. All listeners are one process with one thread.

jitter     ms from when a block was due to when it was in the client's hands; the client's own wake-up is in it
wakeup     ms from when the client's sleep was to end to when it did: what the machine does to any program
ahead_ms   the least that a block was made before it was due, once all streams had begun
first      ms from a request to the first block: ``together``, of the n that are asked for at once; ``beside``, of one
           more that is asked for while they play
sleepers   the same players alone, and beside as many streams whose reader takes one block and then sleeps
"""

import gc
import heapq
import itertools
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from steadyvoice.client.bench.daemon import BenchFailed, machine, private_daemon, workplace
from steadyvoice.client.bench.statistics import summary
from steadyvoice.client.client import Client
from steadyvoice.client.render import table

_LANES: Final = 240
"""What a daemon allows at the most."""
_SETTINGS: Final = f"[limits]\nstreams = {_LANES}\nutterances = {_LANES}\n"
_SENTENCES: Final = (
    "The old keeper climbs the stairs every evening to light the lamp. ",
    "Nobody in the village remembers when the tower was built, or by whom. ",
    "Ships pass. ",
    "In winter the sea throws its spray against the windows, and the whole house hums like a bell. ",
    "He writes down what he sees, the hour and the wind, in a small and careful hand. ",
    "Then he sits by the stove and listens to the radio. ",
    "A letter comes once a month, with the boat that brings flour, oil, and the newspapers of four weeks. ",
)
_CHARS_A_SECOND: Final = 25  # more than are ever spoken in one
_SPARE_S: Final = 10.0
_PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.3
_SLEEPERS: Final = 8


class _Listener:
    def __init__(self, client: Client, text: str) -> None:
        self._asked = time.monotonic_ns()
        self._stream = client.stream(text)
        self._ns = 1_000_000_000 / self._stream.sample_rate
        self.fd = self._stream.waits_on[0]
        self.due = 0
        """When it needs its next block, monotonic nanoseconds; 0: it has none yet."""
        self.first_ms = 0.0
        self.late: list[float] = []
        self.ahead: list[float] = []
        self.underruns: list[float] = []

    def take(self) -> bool:
        """The block that is due, if it is there."""
        block = self._stream.take()
        if block is None:
            return False
        now = time.monotonic_ns()
        made = max(self._stream.history)
        if not self.due:
            self.first_ms = (now - self._asked) / 1e6
            self.due = now
        else:
            self.late.append((now - self.due) / 1e6)
            self.ahead.append((self.due - made) / 1e6)
            if made > self.due:
                self.underruns.append((made - self.due) / 1e6)
                self.due = now
        self.due += int(len(block) * self._ns)
        return True


class _Room:
    """All listeners of this process."""

    def __init__(self) -> None:
        self.listeners: list[_Listener] = []
        self._playing: list[tuple[int, int, _Listener]] = []
        self._waiting: dict[int, _Listener] = {}
        self.wakeups: list[float] = []

    def ask(self, client: Client, text: str) -> None:
        listener = _Listener(client, text)
        self.listeners.append(listener)
        self._waiting[listener.fd] = listener
        self.serve(0)

    def serve(self, until: int) -> None:
        """Give every listener its blocks when they are due, until then; at least once."""
        while True:
            now = time.monotonic_ns()
            wake = min(until, self._playing[0][0]) if self._playing else until
            ready, _, _ = select.select(self._waiting, [], [], max(0, wake - now) / 1e9)
            woke = time.monotonic_ns()
            if now < wake <= woke:
                self.wakeups.append((woke - wake) / 1e6)
            for fd in ready:
                self._serve(self._waiting.pop(fd))
            while self._playing and self._playing[0][0] <= time.monotonic_ns():
                self._serve(heapq.heappop(self._playing)[2])
            if time.monotonic_ns() >= until:
                return

    def _serve(self, listener: _Listener) -> None:
        if listener.take():
            heapq.heappush(self._playing, (listener.due, listener.fd, listener))
        else:
            self._waiting[listener.fd] = listener

    def begun(self) -> bool:
        return all(listener.due for listener in self.listeners)


def _text(number: int, seconds: float) -> str:
    at = number % len(_SENTENCES)
    turn = _SENTENCES[at:] + _SENTENCES[:at]
    return "".join(turn) * (1 + int((seconds + _SPARE_S) * _CHARS_A_SECOND / len("".join(turn))))


def cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def work(client: Client) -> dict[str, float]:
    s: Any = client.status()
    d = {st["name"]: st["busy_s"] for st in s["stages"]}
    d |= {st["name"] + "_cpu": cpu(st["pid"]) for st in s["stages"]}
    d["daemon"] = cpu(s["pid"])
    d["client"] = time.process_time()
    d["t"] = time.monotonic()
    return d


def step(client: Client, n: int, seconds: float) -> None:
    room = _Room()
    w0 = work(client)
    gc.collect(); gc.disable()
    for i in range(n):
        room.ask(client, _text(i, seconds))
    t = time.monotonic_ns()
    while not room.begun():
        room.serve(time.monotonic_ns() + 10_000_000)
    start = time.monotonic_ns()
    t1 = (start - t) / 1e6
    startup = [len(l.underruns) for l in room.listeners]
    sl = [max(l.underruns, default=0) for l in room.listeners]
    for l in room.listeners:
        l.late.clear(); l.ahead.clear(); l.underruns.clear()
    room.wakeups.clear()
    room.serve(start + int(1e9))
    second = [len(l.underruns) for l in room.listeners]
    ahead1 = min(min(l.ahead) for l in room.listeners)
    for l in room.listeners:
        l.ahead.clear()
    w1 = work(client)
    room.serve(start + int(seconds * 1e9))
    w2 = work(client)
    gc.enable()
    rest = [len(l.underruns) for l in room.listeners]
    dt = w2["t"] - w1["t"]
    print(f"n={n} first {summary(l.first_ms for l in room.listeners)} all begun {t1:.0f} ms after the last request")
    print(f"   startup underruns {sum(startup)} in {sum(map(bool, startup))} streams, worst {max(sl):.1f} ms; 1st second {sum(second)}; whole {sum(rest)} worst {max((max(l.underruns, default=0) for l in room.listeners)):.1f}")
    print("   jitter", summary(x for l in room.listeners for x in l.late), "n", sum(len(l.late) for l in room.listeners))
    print("   wakeup", summary(room.wakeups), len(room.wakeups))
    print(f"   ahead least 1st s {ahead1:.0f}, then {min((min(l.ahead) for l in room.listeners if l.ahead), default=0):.0f}")
    print("   cpu", {k: round((w2[k] - w1[k]) / dt, 3) for k in w1 if k != "t"})
    client.cancel()


def measure(seconds: float, most: int) -> dict:
    with workplace() as place, private_daemon(place, _SETTINGS) as client:
        machine(client)
        n = 1
        while n <= most:
            step(client, n, seconds)
            n *= 2
    return {}

if __name__ == "__main__":
    import sys
    measure(float(sys.argv[1]), int(sys.argv[2]))
