"""``svctl bench command``: latency of commands typed by a user.

exec_to_audible   from just before ``svctl speak --detach TEXT`` is started to the first audible sample at a null sink
                  of PulseAudio, recorded with parec; the sound device was closed before
stop_to_silence   from just before ``svctl stop`` is started to the last audible sample there
cpu               duration of ``svctl stop`` while nothing plays, and of ``python -c pass``

reference: spd-say (speech-dispatcher with espeak-ng), if installed, for the first two, recorded at the same sink.
Each round runs each of these once, in random order. Audible: above -60 dBFS.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import BenchFailed, machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.monitor import Monitor, listening
from steadyvoice.client.svctl.bench.sound_server import SOURCE, sound_server
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table

_SHORT: Final = "Hello there."
_LONG: Final = "One two three four five six seven eight nine ten eleven twelve. " * 4
_PLAYED_S: Final = (0.3, 1.0)
_QUIET_NS: Final = 150_000_000
_CLOSED_NS: Final = 1_300_000_000
"""After this much silence the output has closed its device (LINGER_S in workers/stages/output.py)."""
_HEARD_S: Final = 10.0
_WARM_UP_ROUNDS: Final = 2
"""Rounds that are run but not counted."""
_SPEECHD: Final = """
AudioOutputMethod "pulse"
AddModule "espeak-ng" "sd_espeak-ng" "espeak-ng.conf"
DefaultModule espeak-ng
"""


class _Bench:
    """Runs the commands and records their effect; ``values``: milliseconds by name."""

    def __init__(self, env: Mapping[str, str], recording: Monitor, client: Client) -> None:
        self._env, self._recording, self._client = dict(env), recording, client
        self._svctl = str(Path(sys.executable).with_name("svctl"))
        self._silence_ns = _CLOSED_NS
        self.values: dict[str, list[float]] = defaultdict(list)

    def speak(self) -> None:
        """Measure ``svctl speak`` while the sound device is closed, as it is for occasional use."""
        self.values["exec_to_audible"].append(self._to_sound(self._svctl, "speak", "--detach", _SHORT))

    def stop(self) -> None:
        self._until_silent()
        self._client.speak(_LONG, detach=True)
        self.values["stop_to_silence"].append(self._to_silence(self._svctl, "stop"))

    def spd_say(self) -> None:
        self.values["spd_say"].append(self._to_sound("spd-say", _SHORT))

    def spd_say_stop(self) -> None:
        self._until_silent()
        self._run("spd-say", _LONG)
        self.values["spd_say_stop"].append(self._to_silence("spd-say", "-C"))

    def cpu(self) -> None:
        """Measure both in one step, so that the ratio is of measurements close in time."""
        pair = [("svctl", (self._svctl, "stop")), ("python", (sys.executable, "-c", "pass"))]
        for name, command in random.sample(pair, 2):
            began = time.monotonic_ns()
            self._run(*command)
            self.values[name].append((time.monotonic_ns() - began) / 1e6)

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, env=self._env, capture_output=True)
        if done.returncode:
            raise BenchFailed(f"{' '.join(command[:2])}: {done.stderr.decode().strip()[-200:]}")

    def _to_sound(self, *command: str) -> float:
        self._until_silent()
        self._recording.reset()
        began = time.monotonic_ns()
        self._run(*command)
        self._until(lambda: bool(self._recording.first_audible_ns))
        return (self._recording.first_audible_ns - began) / 1e6

    def _until_silent(self) -> None:
        """Both programs play to one sink: the end of the previous step must not be measured."""
        self._until(lambda: self._recording.last_sample_ns - self._recording.last_audible_ns > self._silence_ns)

    def _to_silence(self, *command: str) -> float:
        self._recording.reset()
        self._until(lambda: bool(self._recording.first_audible_ns))
        time.sleep(random.uniform(*_PLAYED_S))
        began = time.monotonic_ns()
        self._run(*command)
        self._until(lambda: self._recording.last_sample_ns - self._recording.last_audible_ns > _QUIET_NS)
        return (self._recording.last_audible_ns - began) / 1e6

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _HEARD_S
        while not condition():
            if time.monotonic() > deadline:
                raise BenchFailed(f"no audible sample at {SOURCE} within {_HEARD_S:g} s")
            time.sleep(0.002)


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench command --json``; in milliseconds, each with p50, p95, p99 and max:

    exec_to_audible, stop_to_silence, spd_say and spd_say_stop (null where spd-say is not installed); cpu: ``svctl`` and
    ``python``, and ``ratio``, of their medians.
    """
    with ExitStack() as cleanup:
        place = cleanup.enter_context(workplace())
        sound = cleanup.enter_context(sound_server(place))
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | sound
        client = cleanup.enter_context(private_daemon(place, env=sound))
        env["STEADYVOICE_SOCKET"] = str(place / "svd.sock")
        about = machine(client)
        recording = cleanup.enter_context(listening(SOURCE, env))
        bench = _Bench(env, recording, client)
        steps = [bench.speak, bench.stop, bench.cpu]
        if shutil.which("spd-say") and shutil.which("speech-dispatcher"):
            env |= cleanup.enter_context(_speech_dispatcher(place, env))
            bench = _Bench(env, recording, client)
            steps = [bench.speak, bench.stop, bench.cpu, bench.spd_say, bench.spd_say_stop]
        for number in range(_WARM_UP_ROUNDS + rounds):
            if number == _WARM_UP_ROUNDS:
                bench.values.clear()
            for step in random.sample(steps, len(steps)):
                step()
    values = bench.values
    found = result("command", "ms", values["exec_to_audible"], "spd-say with espeak-ng", values["spd_say"])
    svctl, python = summary(values["svctl"]), summary(values["python"])
    ratio = round(svctl["p50"] / python["p50"], 3) if svctl["p50"] and python["p50"] else None
    return found | {
        **{name: summary(values[name]) for name in ("exec_to_audible", "stop_to_silence", "spd_say", "spd_say_stop")},
        "cpu": {"svctl": svctl, "python": python, "ratio": ratio},
        "machine": about,
    }


@contextmanager
def _speech_dispatcher(place: Path, env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A private speech-dispatcher with espeak-ng at the same sink. Yields the environment for spd-say."""
    config = place / "speechd"
    (config / "modules").mkdir(parents=True)
    (config / "speechd.conf").write_text(_SPEECHD)
    socket = place / "speechd.sock"
    command = ["speech-dispatcher", "-s", "-C", str(config), "-c", "unix_socket", "-S", str(socket), "-t", "0"]
    command += ["-L", str(place), "-P", str(place / "speechd.pid")]
    with open(place / "speechd.out", "wb") as log:
        process = subprocess.Popen(command, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    with process:
        try:
            deadline = time.monotonic() + _HEARD_S
            while not socket.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchFailed(f"speech-dispatcher: {(place / 'speechd.out').read_text().strip()[-200:]}")
                time.sleep(0.01)
            yield {"SPEECHD_ADDRESS": f"unix_socket:{socket}"}
        finally:
            process.terminate()


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    names = {
        "svctl speak → audible": result["exec_to_audible"],
        "spd-say → audible": result["spd_say"],
        "svctl stop → silence": result["stop_to_silence"],
        "spd-say -C → silence": result["spd_say_stop"],
        "svctl stop, whole": result["cpu"]["svctl"],
        "python -c pass": result["cpu"]["python"],
    }
    rows = [["ms", "p50", "p95", "p99", "max"]]
    rows += [[name, *("-" if v is None else f"{v:.1f}" for v in values.values())] for name, values in names.items()]
    return f"{table(rows)}\n\n{result['n']} rounds; svctl stop over python -c pass: {result['cpu']['ratio']}"
