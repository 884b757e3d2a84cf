"""A private PulseAudio with a null sink that a benchmark plays to and records from."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl.bench.daemon import BenchFailed

RATE: Final = 48000
SOURCE: Final = "out.monitor"
_START_S: Final = 10.0


def prefer(pid: int) -> None:
    """Give the process the priority that a desktop's sound server has; where that is not allowed, none."""
    with suppress(PermissionError):
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(5))


@contextmanager
def recorded(path: Path, env: dict[str, str]) -> Iterator[None]:
    """Record what the sink plays, as raw float32."""
    command = ["parec", "--latency-msec=10", "-d", SOURCE, "--format=float32le", "--channels=1", f"--rate={RATE}"]
    with open(path, "wb") as file, subprocess.Popen(command, stdout=file, env=os.environ | env) as process:
        try:
            prefer(process.pid)
            yield
        finally:
            process.terminate()


@contextmanager
def sound_server(place: Path) -> Iterator[dict[str, str]]:
    """Yield the environment in which PulseAudio's clients and ALSA's default device play to the null sink ``out``.

    place: a directory of the benchmark. BenchFailed if PulseAudio or ALSA's plug-in for it is missing.
    """
    home = place / "sound"
    home.mkdir(mode=0o700)
    server, alsa, configuration = home / "native", home / "alsa.conf", home / "daemon.conf"
    alsa.write_text("</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n")
    configuration.write_text("rlimit-rttime = -1\n")  # a busy machine would have the kernel kill it after 200 ms
    own = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PULSE_RUNTIME_PATH": str(home / "pulse"),
        "PULSE_CONFIG": str(configuration),
    }
    command = [
        "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
        f"--load=module-native-protocol-unix auth-anonymous=1 socket={server}",
        f"--load=module-null-sink sink_name=out rate={RATE} format=float32le channels=1",
    ]  # fmt: skip
    with open(home / "log", "wb") as log:
        try:
            process = subprocess.Popen(command, env=os.environ | own, stderr=log, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise BenchFailed(
                "pulseaudio is missing: apt install pulseaudio pulseaudio-utils libasound2-plugins"
            ) from None
    with process:
        try:
            prefer(process.pid)
            deadline = time.monotonic() + _START_S
            while not server.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchFailed(f"PulseAudio does not start: {(home / 'log').read_text().strip()[-200:]}")
                time.sleep(0.01)
            yield {"PULSE_SERVER": f"unix:{server}", "ALSA_CONFIG_PATH": str(alsa)}
        finally:
            process.terminate()
