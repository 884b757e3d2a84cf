"""``svctl bench barge-in --by voice``: time from the user's first sound to silence.

The microphone is a named pipe, into which a voice is written at the pace of a sound card while the daemon speaks; the
device is the null device, so that no echo is heard.

decision      from the voice's first sample within 40 dB of its peak until ``speech_started`` arrives
to sink       from the arrival of ``speech_started`` to the last sample that is not 0 at the sink
whole         from the voice's first sample to the last sample at the sink
reference     what the device's buffer held at the decision, which cannot be discarded
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import BenchFailed, machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.null_device import from_log
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc import messages as m

_TEXT: Final = "One two three four five six seven eight nine ten eleven twelve. " * 4
_PROMPTS: Final = ("Stop it, please.", "Wait a moment.", "No, the other one.", "Can you hear me?", "What did you say?")
_PITCH: Final = -4.0
_RATE: Final = 48000
_PIECE: Final = 480
_ROOM: Final = 10 ** (-70 / 20)
"""Noise of a quiet room, relative to full scale."""
_ONSET: Final = 10 ** (-40 / 20)
_READY_S: Final = 30.0
_PLAYED_S: Final = (0.5, 1.5)

Sound = NDArray[np.float32]


class Microphone:
    """Writes noise of a room, and a voice when asked to, at the pace of a sound card."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._voice: Sound = np.zeros(0, np.float32)
        self._began_ns = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, voice: Sound) -> int:
        """Return when its first sample was captured, monotonic nanoseconds."""
        self._began_ns, self._voice = 0, voice
        while not self._began_ns:
            time.sleep(0.001)
        return self._began_ns

    def _run(self) -> None:
        noise = np.random.default_rng(1)
        due = time.monotonic()
        while not self._over.is_set():
            due += _PIECE / _RATE
            time.sleep(max(0.0, due - time.monotonic()))
            piece = _ROOM * noise.standard_normal(_PIECE).astype(np.float32)
            part = self._voice[:_PIECE]
            if len(part):
                piece[: len(part)] += part
                self._began_ns = self._began_ns or time.monotonic_ns() - _PIECE * 10**9 // _RATE
                self._voice = self._voice[len(part) :]
            os.write(self._fd, piece.tobytes())

    def close(self) -> None:
        self._over.set()
        self._thread.join()


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench barge-in --by voice --json``: ``decision``, ``to_sink_silent``, ``whole``; ms."""
    with workplace() as place:
        log, pipe = place / "play.log", place / "microphone"
        os.mkfifo(pipe)
        settings = f'audio.device = "null:{log}"\nlisten.mode = "cancel"\nlive.microphone = "{pipe}"\n'
        with private_daemon(place, settings) as client, Client(place / "svd.sock") as watcher:
            about = machine(client)
            prompts = [_prompt(client, text) for text in _PROMPTS]
            _until_listening(client)
            with _microphone(pipe) as room:
                client.speak(_TEXT * 2).wait()  # the echo canceller learns that there is no echo
                events = watcher.subscribe()
                seen = [_interrupted(client, events, room, random.choice(prompts)) for _ in range(rounds)]
        buffered_ms, last = from_log(log, [(decided, over) for _, decided, over in seen])
    whole = [(end - onset) / 1e6 for end, (onset, _, _) in zip(last, seen, strict=True)]
    decision = [(decided - onset) / 1e6 for onset, decided, _ in seen]
    to_sink = [max(0.0, (end - decided) / 1e6) for end, (_, decided, _) in zip(last, seen, strict=True)]
    found = result("barge-in by voice", "ms", whole, "what the device's buffer held at the decision", buffered_ms)
    found["machine"] = about
    return found | {"decision": summary(decision), "to_sink_silent": summary(to_sink), "whole": summary(whole)}


@contextmanager
def _microphone(pipe: Path) -> Iterator[Microphone]:
    microphone = Microphone(os.open(pipe, os.O_RDWR))
    try:
        yield microphone
    finally:
        microphone.close()


def _prompt(client: Client, text: str) -> tuple[Sound, int]:
    """The voice, and its first sample within 40 dB of its peak."""
    stream = client.stream(text, pitch=_PITCH, sample_rate=_RATE)
    voice: Sound = np.concatenate(list(stream))
    loud = np.flatnonzero(np.abs(voice) > _ONSET * np.abs(voice).max())
    return voice, int(loud[0])


def _until_listening(client: Client) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        stages = [each["state"] for each in client.status()["stages"] if each["name"] == "listen"]
        if stages and stages[0] in ("ready", "busy"):
            return
        time.sleep(0.1)
    raise BenchFailed(f"nobody listens: {client.status()['listening']['problem']}")


def _interrupted(
    client: Client, events: "Iterator[m.Event]", room: Microphone, prompt: tuple[Sound, int]
) -> tuple[int, int, int]:
    """Speak and be interrupted. When the voice began, when that was decided, and when speech had ended; ns."""
    utterance = client.speak(_TEXT)
    while utterance.started is None:
        client.receive()
    time.sleep(random.uniform(*_PLAYED_S))
    voice, onset = prompt
    began = room.say(voice) + onset * 10**9 // _RATE
    decided = 0
    for event in events:
        if isinstance(event, m.SpeechStarted):
            decided = time.monotonic_ns()
        elif isinstance(event, m.Finished) and event.id == utterance.id:
            if event.reason != "cancelled" or not decided:
                raise BenchFailed(f"the voice was not heard: {event.reason}")
            over = time.monotonic_ns()
            break
    for event in events:
        if isinstance(event, m.SpeechEnded):
            break
    return began, decided, over


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["ms", "p50", "p95", "p99", "max"]]
    for name, key in (
        ("first sound to decision", "decision"),
        ("decision to silence", "to_sink_silent"),
        ("whole", "whole"),
    ):
        rows.append([name, *(f"{value:.1f}" for value in result[key].values())])
    reference = result["reference"]
    rows.append(["held by the device", f"{reference['p50']:.1f}", f"{reference['p95']:.1f}", "", ""])
    return f"{result['n']} interruptions by a voice at the microphone, null device\n\n{table(rows)}"
