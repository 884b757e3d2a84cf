"""A sound server of the tests' own: PulseAudio with a null sink, and a recorder at its monitor."""

import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from support.daemon import Daemon, eventually

RATE = 48000


class SoundServer:
    """Runs in a private home; programs reach it as ALSA's default device, through ``env``."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        self._socket, self._public = home / "server", home / "native"
        alsa = home / "alsa.conf"
        alsa.write_text("</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n")
        configuration = home / "daemon.conf"
        configuration.write_text("rlimit-rttime = -1\n")  # a busy machine would have the kernel kill it after 200 ms
        self.env = {"PULSE_SERVER": f"unix:{self._public}", "ALSA_CONFIG_PATH": str(alsa)}
        own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PULSE_RUNTIME_PATH": str(home / "pulse")}
        self.home = home
        self._env = os.environ | own | {"PULSE_SERVER": f"unix:{self._socket}", "PULSE_CONFIG": str(configuration)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, for_programs: bool = True) -> None:
        """Return when it answers; programs with ``env`` reach it now or after ``let_programs_in``."""
        self._process = subprocess.Popen(
            [
                "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--realtime=no", "--use-pid-file=no",
                f"--load=module-native-protocol-unix auth-anonymous=1 socket={self._socket}",
                f"--load=module-null-sink sink_name=out rate={RATE} format=float32le channels=1",
            ],
            env=self._env,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _give_priority(self._process)

        eventually(self._answers)
        if for_programs:
            self.let_programs_in()

    def let_programs_in(self) -> None:
        self._public.symlink_to(self._socket)

    def _answers(self) -> bool:
        return subprocess.run(["pactl", "info"], env=self._env, capture_output=True).returncode == 0

    def players(self) -> int:
        command = ["pactl", "list", "short", "sink-inputs"]
        return len(subprocess.run(command, env=self._env, capture_output=True).stdout.splitlines())

    def pactl(self, *words: str) -> str:
        """What it prints."""
        return subprocess.run(
            ["pactl", *words], env=self._env, capture_output=True, text=True, check=True
        ).stdout.strip()

    def play(self, samples: NDArray[np.float32], sink: str = "out") -> None:
        """Return when they were played."""
        form = ["--raw", "--format=float32le", "--channels=1", f"--rate={RATE}"]
        command = ["pacat", "--playback", "--latency-msec=300", f"--device={sink}", *form]
        subprocess.run(command, input=samples.tobytes(), env=self._env, check=True, timeout=60)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._public.unlink()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)

    @contextmanager
    def recorder(self, source: str = "out.monitor") -> Iterator["Recorder"]:
        """Hears the source. A null sink that nobody listens to plays in lumps of two seconds."""
        process = subprocess.Popen(
            ["parec", "--latency-msec=10", "-d", source, "--format=float32le", "--channels=1", f"--rate={RATE}"],
            env=self._env,
            stdout=subprocess.PIPE,
        )
        _give_priority(process)
        recorder = Recorder(process)
        try:
            yield recorder
        finally:
            process.terminate()
            process.wait(10)
            recorder.join()


def _give_priority(process: "subprocess.Popen[bytes]") -> None:
    """Over what else the machine does, as a desktop's sound server has it; where that is not allowed, none."""
    with suppress(PermissionError):
        os.sched_setscheduler(process.pid, os.SCHED_RR, os.sched_param(5))


class Recorder:
    """What was played since it was started, or since ``forget``; silence is recorded too."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._data = bytearray()
        self._start = 0
        self._began_s = math.inf
        """When sample 0 would have been played, by the samples since ``forget`` that arrived with the least delay."""
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while data := os.read(pipe.fileno(), 1 << 16):
                self._data += data
                self._began_s = min(self._began_s, time.monotonic() - len(self._data) / 4 / RATE)

    def join(self) -> None:
        self._thread.join()

    def forget(self) -> None:
        self._start = len(self._data) // 4 * 4
        self._began_s = math.inf

    def missing(self, until_s: float) -> int:
        """At most so many samples were played before ``until_s`` (monotonic seconds) and had not arrived by then.

        The sound server plays by the monotonic clock and hands the samples to its recorders afterwards, on a busy
        machine later; one that is killed loses those.
        """
        return max(0, round((until_s - self._began_s) * RATE) - len(self._data) // 4)

    @property
    def samples(self) -> NDArray[np.float32]:
        whole = len(self._data) // 4 * 4
        return np.frombuffer(bytes(self._data[self._start : whole]), np.float32)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    server = SoundServer(tmp_path_factory.mktemp("sound") / "home")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def monitor(sound: SoundServer) -> Iterator[Recorder]:
    with sound.recorder() as recorder:
        eventually(lambda: len(recorder.samples) > RATE)
        yield recorder


@pytest.fixture
def recorder(monitor: Recorder) -> Recorder:
    """One that has heard nothing yet."""
    eventually(lambda: not monitor.samples[-RATE // 5 :].any())
    monitor.forget()
    return monitor


def expected(daemon: Daemon, text: str) -> NDArray[np.float32]:
    """What must be heard: the same speech, taken as samples, at the device's rate."""
    with daemon.client() as client:
        stream = client.stream(text)
        whole = np.concatenate(list(stream))
        return np.asarray(soxr.resample(whole, stream.sample_rate, RATE), np.float32)


def place(heard: NDArray[np.float32], wanted: NDArray[np.float32]) -> int:
    """Where ``wanted`` begins in ``heard``: the peak of their correlation, divided by the energy of that stretch."""
    size = 1 << (len(heard) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    energy = np.pad(np.cumsum(np.square(heard, dtype=np.float64)), (1, len(wanted)), mode="edge")
    energy[0] = 0.0
    of_stretch = energy[len(wanted) :][: len(heard)] - energy[: len(heard)]
    return int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard)] / np.sqrt(of_stretch + 1e-3)))


def seam(
    heard: NDArray[np.float32], wanted: NDArray[np.float32], rate: int = RATE, tolerance: float = 3e-3
) -> tuple[int, int, int]:
    """Of speech that was interrupted: the samples heard before, the index of the first one after, the gap's samples.

    Both are measured from the speech around the interruption. So neither an underrun elsewhere counts, nor the first
    10 ms of the speech, which the monitor of a null sink lacks now and then.
    """

    def extent(anchor: int) -> tuple[int, int, int]:
        at = place(heard, wanted[anchor : anchor + rate // 5]) - anchor
        first, last = max(0, -at), min(len(wanted), len(heard) - at)
        wrong = np.flatnonzero(np.abs(heard[first + at : last + at] - wanted[first:last]) > tolerance) + first
        before, after = wrong[wrong < anchor], wrong[wrong >= anchor]
        return at, (int(before[-1]) + 1 if len(before) else first), (int(after[0]) if len(after) else last)

    loud = np.flatnonzero(np.abs(wanted) > 2e-2)
    at, _, stops = extent(int(loud[loud >= loud[0] + rate // 10][0]))
    later = loud[(loud >= stops + rate // 3) & (loud < loud[-1] - rate // 4)]
    then, goes_on, _ = extent(int(later[0] if len(later) else loud[-1] - rate // 4))
    return stops, goes_on, goes_on + then - stops - at


def wait_until_heard(recorder: Recorder, seconds: float) -> NDArray[np.float32]:
    """All that was recorded, once ``seconds`` of it lie behind the first sound."""

    def look() -> bool:
        sound = np.flatnonzero(recorder.samples)
        return len(sound) > 0 and len(recorder.samples) - sound[0] > seconds * RATE

    eventually(look, seconds + 30)
    return recorder.samples
