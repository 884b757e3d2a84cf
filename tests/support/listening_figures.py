"""Figures of barge-in by voice, with recorded speech in simulated rooms and simulated time.

PYTHONPATH=tests .venv/bin/python -m support.listening_figures [SECONDS OF OWN VOICE]
"""

import sys
from collections.abc import Iterable, Sequence

import numpy as np

from steadyvoice.ipc.listening import EarlySign, Listen, SpeechStarted
from steadyvoice.ipc.stage_protocol import SINK_RATE
from support import rooms
from support.rooms import Sound
from support.scene import Report, Scene

ROOM_DB = -70.0
DELAYS_MS = (20, 60, 120)
_LEARNING_S, _GAP_S = 8, 2


def triggers(reports: Iterable[Report]) -> int:
    return sum(isinstance(each.heard, SpeechStarted) for each in reports)


def signs(reports: Iterable[Report]) -> int:
    return sum(isinstance(each.heard, EarlySign) for each in reports)


def in_quiet(scene: Scene, prompts: Sequence[Sound]) -> list[float]:
    """Milliseconds from the onset of each prompt to the decision."""
    delays = []
    for prompt in prompts:
        near = rooms.noise(len(prompt) + 2 * SINK_RATE, ROOM_DB)
        near[SINK_RATE : SINK_RATE + len(prompt)] += prompt
        delays += _delays(scene.listen(near), [SINK_RATE + rooms.onset(prompt)], (SpeechStarted,))
    return delays


def over_own_voice(
    scene: Scene, prompts: Sequence[Sound], own: Sound, delay_ms: float, gain_db: float = 0.0
) -> tuple[list[float], list[float], int]:
    """Milliseconds from onset to ducking and to the decision, and decisions without a cause.

    own is repeated as long as needed. gain_db: level of the prompts, compared with that of the echo.
    """
    seconds = _LEARNING_S + sum(len(prompt) / SINK_RATE + _GAP_S for prompt in prompts)
    far = np.tile(own, int(seconds * SINK_RATE / len(own)) + 1)[: int(seconds * SINK_RATE)]
    echo = rooms.echo(far, delay_ms)
    near = echo + rooms.noise(len(far), ROOM_DB)
    at, onsets = _LEARNING_S * SINK_RATE, []
    for prompt in prompts:
        near[at : at + len(prompt)] += rooms.at_level(prompt, rooms.level(echo) + gain_db)
        onsets.append(at + rooms.onset(prompt))
        at += len(prompt) + _GAP_S * SINK_RATE
    reports = scene.listen(near, far)
    decisions = _delays(reports, onsets, (SpeechStarted,))
    return _delays(reports, onsets, (EarlySign, SpeechStarted)), decisions, _uncaused(reports, onsets, prompts)


def own_voice(scene: Scene, own: Sound, delay_ms: float) -> list[Report]:
    return scene.listen(rooms.echo(own, delay_ms) + rooms.noise(len(own), ROOM_DB), own)


def own_utterances(scene: Scene, own: Sound, delay_ms: float) -> list[Report]:
    """Utterances of 4 s, with pauses of 3 s, for which the device is closed."""
    length, pause = 4 * SINK_RATE, 3 * SINK_RATE
    parts = own[: len(own) // length * length].reshape(-1, length)
    return own_voice(scene, np.pad(parts, ((0, 0), (0, pause))).reshape(-1), delay_ms)


def _delays(reports: Sequence[Report], onsets: Sequence[int], kinds: tuple[type, ...]) -> list[float]:
    """Infinite where nothing was said within a second."""
    delays = []
    for onset in onsets:
        samples = [each.sample for each in reports if isinstance(each.heard, kinds)]
        after = [sample - onset for sample in samples if 0 <= sample - onset < SINK_RATE]
        delays.append(min(after, default=float("inf")) / SINK_RATE * 1000)
    return delays


def _uncaused(reports: Sequence[Report], onsets: Sequence[int], prompts: Sequence[Sound]) -> int:
    spoken = [(onset, onset + len(prompt)) for onset, prompt in zip(onsets, prompts, strict=True)]
    started = [each.sample for each in reports if isinstance(each.heard, SpeechStarted)]
    return sum(not any(first <= sample <= last for first, last in spoken) for sample in started)


def _shown(delays: Sequence[float]) -> str:
    found = sum(np.isfinite(delays))
    middle, high = np.percentile(delays, [50, 95], method="nearest")
    return f"p50 {middle:.0f}, p95 {high:.0f} ms, {found} of {len(delays)}"


def main(seconds: float) -> None:
    prompts, own = rooms.prompts(40), rooms.own_voice(seconds)
    scene = Scene(Listen(mode="cancel"))
    for aggressiveness in range(4):
        quiet = in_quiet(Scene(Listen(aggressiveness=aggressiveness)), prompts)
        print(f"aggressiveness {aggressiveness}, quiet room: decision {_shown(quiet)}", flush=True)
    print(f"64 ms of speech, quiet room: decision {_shown(in_quiet(Scene(Listen(min_speech_ms=64)), prompts))}")
    for gain in (0, 6, -10):
        for delay in (20, 120):
            ducks, decisions, uncaused = over_own_voice(scene, prompts, own, delay, gain)
            print(
                f"own voice, {delay} ms, user {gain:+} dB: duck {_shown(ducks)}; decision {_shown(decisions)}; "
                f"{uncaused} uncaused",
                flush=True,
            )
    for delay in DELAYS_MS:
        reports = own_voice(scene, own, delay)
        print(
            f"own voice alone, {delay} ms, {seconds} s: {triggers(reports)} triggers, {signs(reports)} early",
            flush=True,
        )
    for delay in DELAYS_MS:
        reports = own_utterances(Scene(scene.settings, jitter_ms=5), own[: len(own) // 2], delay)
        print(f"own voice, opened again every 7 s, {delay} ms: {triggers(reports)} triggers, {signs(reports)} early")
    print(f"keyboard, 60 s: {triggers(scene.listen(rooms.keyboard(60)))} triggers")
    for song in rooms.songs():
        found = [triggers(Scene(Listen(min_speech_ms=least)).listen(song)) for least in (0, 64)]
        print(f"song, {len(song) / SINK_RATE:.0f} s: {found[0]} triggers; with 64 ms of speech {found[1]}", flush=True)
    print(f"cost: {100 * scene.compute_s / scene.sound_s:.2f} % of a core")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0)
