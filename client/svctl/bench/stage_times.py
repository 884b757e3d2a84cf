"""What the stages of a line do while a text is read as fast as it is made, for ``bench pipeline``."""

import time
from typing import Any, NamedTuple

from steadyvoice.client.client import Client
from steadyvoice.ipc.daemon_status import StageStatus
from steadyvoice.ipc.messages import Finished


class Line(NamedTuple):
    """The stages of an engine, and of a family of converters if there is one."""

    engine: str
    family: str = ""

    def stages(self, client: Client) -> list[StageStatus]:
        """In the order of the path."""
        wanted = [(self.engine, ""), *([("", self.family)] if self.family else [])]
        return [stage for stage in client.status()["stages"] if (stage["engine"], stage["family"]) in wanted]

    def busy_ms(self, client: Client) -> dict[str, float]:
        """How long each stage has worked, by name."""
        return {stage["name"]: stage["busy_s"] * 1e3 for stage in self.stages(client)}


class Run:
    """One text. Times in milliseconds."""

    def __init__(self, client: Client, text: str, how: dict[str, Any], line: Line) -> None:
        before = line.busy_ms(client)
        at_first: dict[str, float] = {}
        spans: dict[str, dict[int, int]] = {name: {} for name in before}
        samples, in_first = 0, 0
        self.seconds_ms: list[float] = []
        """Of each second of sound; the first one counts from the request."""
        began = second = opened = now = time.perf_counter_ns()
        stream = client.stream(text, **how)
        for block in stream:
            now = time.perf_counter_ns()
            samples += len(block)
            if not in_first:
                opened, in_first = now, samples
                at_first = line.busy_ms(client)
            if samples // stream.sample_rate > len(self.seconds_ms):
                self.seconds_ms.append((now - second) / 1e6)
                second = now
            for name, start, end in zip(spans, stream.history[::2], stream.history[1::2], strict=False):
                spans[name][start] = end
        after = line.busy_ms(client)
        self.elapsed_ms = (now - began) / 1e6
        self.sound_s = samples / stream.sample_rate
        self.flowing_ms = (now - opened) / 1e6
        """From the first block on."""
        self.flowing_s = max(samples - in_first, 1) / stream.sample_rate
        """Sound after the first block."""
        self.busy_ms = {name: after[name] - before[name] for name in before}
        self.share = {
            name: (after[name] - at_first.get(name, 0.0) - _before(spans[name], opened)) / max(self.flowing_ms, 1e-3)
            for name in before
        }
        """How much of the time from the first block on each stage worked."""


def _before(spans: dict[int, int], moment: int) -> float:
    """How much of the block that was computed at this moment was computed before it."""
    return sum(moment - start for start, end in spans.items() if start < moment < end) / 1e6


def first_block(client: Client, text: str, how: dict[str, Any]) -> tuple[float, Finished]:
    """Milliseconds from the request to the first block at the client, and the daemon's report."""
    began = time.perf_counter_ns()
    stream = client.stream(text, **how)
    next(iter(stream))
    took = (time.perf_counter_ns() - began) / 1e6
    return took, stream.cancel()


def first_parts(took_ms: float, timings: dict[str, float]) -> dict[str, float]:
    """What the first block's time at the client consists of: the first stage until it had all that the block needs; the
    work of the others on that; ``rings``, between two stages; ``sockets``, the transfer of request and block."""
    began = [name.removesuffix(".first_began") for name in timings if name.endswith(".first_began")]
    stages = sorted(began, key=lambda name: timings[f"{name}.first"])
    parts = {name: timings[f"{name}.first"] - timings[f"{name}.first_began"] for name in stages}
    parts[stages[0]] = timings[f"{stages[0]}.first"]
    first_audio = timings["first_audio"]
    return parts | {"rings": first_audio - sum(parts.values()), "sockets": took_ms - first_audio}


def silence_ms(finished: Finished) -> float:
    """Of an utterance on the device: how much longer it took from its first to its last sample than it sounds."""
    played_ms = finished.timings["output.last"] - finished.timings["first_audio"]
    return max(0.0, played_ms - finished.duration_s * 1e3)
