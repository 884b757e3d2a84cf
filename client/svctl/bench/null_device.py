"""What the null device's log says of cancelled speech."""

from pathlib import Path

from steadyvoice.ipc import null_device_log


def from_log(log: Path, cancels: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
    """cancels: of each, when it was sent and when its reply came, monotonic nanoseconds.

    For each: milliseconds held by the device, and when the last sample that is not 0 was played."""
    blocks = null_device_log.read(log)
    buffered_ms, last = [], []
    for sent, over in cancels:
        before = [block for block in blocks if block.written <= sent][-1]
        buffered_ms.append(max(0.0, before.heard_at(before.position + before.frames) - sent) / 1e6)
        faded = [block for block in blocks if block.sounding and block.written <= over][-1]
        last.append(faded.heard_at(faded.position + faded.sounding))
    return buffered_ms, last
