"""``svctl bench barge-in``: time from a cancel to silence.

to ring   from just before ``cancel`` is sent to its reply, which comes when every stage has dropped the utterance and
          the output has faded it out
to sink   from the same moment to the last sample that is not 0 at the sink: by the clock of the null device, or as
          parec records it, which adds a few milliseconds
held      the reference: what the device's buffer held at the cancel, which cannot be discarded
"""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench import barge_in_by_voice
from steadyvoice.client.svctl.bench.daemon import machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.monitor import listening
from steadyvoice.client.svctl.bench.null_device import from_log
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.client.utterance import Utterance

_TEXT: Final = "One two three four five six seven eight nine ten eleven twelve. " * 4
_PLAYED_S: Final = (0.3, 1.0)
_QUIET_NS: Final = 200_000_000
"""After this much silence no more of the utterance is expected."""


def measure(rounds: int, device: str, monitor: str, by: str) -> dict[str, Any]:
    """The object of ``bench barge-in --json``: ``to_ring_silent`` and ``to_sink_silent``, each with percentiles in ms.

    On a real device without a monitor the sink cannot be recorded: its values are null.
    """
    if by == "voice":
        return barge_in_by_voice.measure(rounds)
    cancels: list[tuple[int, int]] = []
    with workplace() as place, ExitStack() as cleanup:
        log = place / "play.log"
        name = f"null:{log}" if device == "null" else device
        client = cleanup.enter_context(private_daemon(place, f'[audio]\ndevice = "{name}"\n'))
        about = machine(client)
        recording = cleanup.enter_context(listening(monitor)) if monitor else None
        last: list[float] = []
        for _ in range(rounds):
            cancels.append(_cancel(client))
            if recording is not None:
                _until(lambda: recording.last_sample_ns - recording.last_audible_ns > _QUIET_NS)
                last.append(recording.last_audible_ns)
        buffered_ms, last = from_log(log, cancels) if device == "null" else ([], last)
        latency_ms = client.status()["audio"]["latency_ms"]
    to_ring = [(over - sent) / 1e6 for sent, over in cancels]
    to_sink = [(end - sent) / 1e6 for end, (sent, _) in zip(last, cancels, strict=False)]
    found = result("barge-in", "ms", to_sink or to_ring, "what the device's buffer held at the cancel", buffered_ms)
    found["machine"] = about
    return found | {
        "to_ring_silent": summary(to_ring),
        "to_sink_silent": summary(to_sink),
        "device": {"name": device, "latency_ms": latency_ms, "monitor": monitor},
    }


def _cancel(client: Client) -> tuple[int, int]:
    """Speak, and cancel at a random moment. Returns when the cancel was sent and when its reply came, monotonic ns."""
    utterance: Utterance = client.speak(_TEXT)
    while utterance.started is None:
        client.receive()
    time.sleep(random.uniform(*_PLAYED_S))
    sent = time.monotonic_ns()
    utterance.cancel()
    return sent, time.monotonic_ns()


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.005)


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    if "decision" in result:
        return barge_in_by_voice.text(result)
    rows = [["ms", "p50", "p95", "p99", "max"]]
    for name, key in (("to ring silent", "to_ring_silent"), ("to sink silent", "to_sink_silent")):
        rows.append([name, *(f"{value:.1f}" if value is not None else "-" for value in result[key].values())])
    reference, device = result["reference"], result["device"]
    if reference["p50"] is not None:
        rows.append(["held by the device", f"{reference['p50']:.1f}", f"{reference['p95']:.1f}", "", ""])
    recorded = f", recorded at {device['monitor']}" if device["monitor"] else ""
    return f"{result['n']} cancels, device {device['name']} of {device['latency_ms']:g} ms{recorded}\n\n{table(rows)}"
