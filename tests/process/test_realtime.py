"""Real-time scheduling and locked memory of the stages, their work without these rights, and their sleep when idle."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, eventually, user_env

from steadyvoice.ipc.daemon_status import StageStatus

pytestmark = pytest.mark.realtime

TIMELY = ["vocoder", "converter", "output"]


def configured(home: Path, *lines: str) -> list[str]:
    home.mkdir(exist_ok=True)
    path = home / "test.toml"
    path.write_text("\n".join(lines))
    return ["--config", str(path)]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("user")
    args = configured(home, 'engines = ["hibari", "paced"]', "[audio]", 'device = "null"')
    daemon = Daemon(user_env(home, cache), args).start().ready()
    yield daemon
    assert daemon.stop() == 0, daemon.log


def stages(daemon: Daemon) -> dict[str, StageStatus]:
    return {stage["name"]: stage for stage in daemon.status()["stages"]}


def field(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def switches(pid: int) -> int:
    """Voluntary context switches: how often the process has slept."""
    return field(pid, "voluntary_ctxt_switches:")


def faults(pid: int) -> int:
    """Minor page faults of the process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[7])


def test_status_reports_the_scheduling_that_the_kernel_granted(daemon: Daemon) -> None:
    for name, stage in stages(daemon).items():
        pid = stage["pid"]
        assert stage["cpus"] == sorted(os.sched_getaffinity(pid))
        assert stage["locked"] == (field(pid, "VmLck:") > 0)
        if name == "generator":
            assert (stage["policy"], stage["priority"]) == ("other", 0)
        else:
            assert stage["policy"] == ("fifo" if is_fifo(pid) else "other")
            assert stage["priority"] == os.sched_getparam(pid).sched_priority
            assert os.sched_getscheduler(pid) & os.SCHED_RESET_ON_FORK


def is_fifo(pid: int) -> bool:
    return os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO


def test_the_generator_has_real_time_priority_until_an_utterance_has_its_first_frames(daemon: Daemon) -> None:
    pid = stages(daemon)["generator"]["pid"]
    if stages(daemon)["vocoder"]["policy"] != "fifo":
        pytest.skip("no SCHED_FIFO on this machine")
    eventually(lambda: is_fifo(pid))
    with daemon.client() as client:
        stream = client.stream("Nobody in the village knows when it was built. " * 100)
        thread = threading.Thread(target=lambda: [None for _ in stream])
        thread.start()
        eventually(lambda: not is_fifo(pid))
        thread.join()
    eventually(lambda: is_fifo(pid))
    assert stages(daemon)["vocoder"]["priority"] > os.sched_getparam(pid).sched_priority > 0


@pytest.mark.skipif(os.getuid() != 0, reason="needs the rights that it then takes away")
def test_the_daemon_speaks_without_real_time_rights_and_doctor_gives_advice(cache: Path, tmp_path: Path) -> None:
    """No capabilities, no locked memory and no real-time priority, as in a container without rights."""
    without_rights = [
        "setpriv",
        "--bounding-set=-all",
        "--inh-caps=-all",
        "prlimit",
        "--rtprio=0:0",
        "--memlock=0:0",
        "--",
    ]
    daemon = Daemon(user_env(tmp_path / "bare", cache), configured(tmp_path / "bare"))
    daemon.command = [*without_rights, *daemon.command]
    try:
        daemon.start().ready()
        assert {(s["policy"], s["priority"], s["locked"]) for s in stages(daemon).values()} == {("other", 0, False)}
        assert daemon.svctl("speak", "Still speaking.", "-o", tmp_path / "out.wav").returncode == 0
        svctl: list[str | Path] = [*without_rights, BIN / "svctl", "doctor"]
        advice = subprocess.run(svctl, env=daemon.env, capture_output=True, text=True, timeout=60).stdout
        assert "rtprio" in advice
        assert "memlock" in advice
    finally:
        assert daemon.stop() == 0


@pytest.mark.alone
def test_a_stage_that_computes_too_long_loses_its_real_time_priority(daemon: Daemon) -> None:
    """After half a second under SCHED_FIFO without a sleep, so that other processes get the core."""
    if stages(daemon)["vocoder"]["policy"] != "fifo":
        pytest.skip("no SCHED_FIFO on this machine")
    with daemon.client() as client:
        assert client.speak("1/1500/20", voice="paced").wait().reason == "done"
        eventually(lambda: stages(daemon)["vocoder"]["policy"] == "other")
        assert [stages(daemon)[name]["policy"] for name in ("converter", "output")] == ["fifo", "fifo"]
        assert "stage vocoder" in daemon.log
        assert client.speak("1/1/20", voice="paced").wait().reason == "done"


def test_idle_stages_sleep(daemon: Daemon) -> None:
    """At most a few wake-ups a second, also while an utterance waits for text."""
    pids = [stage["pid"] for stage in stages(daemon).values()]

    def wakeups() -> list[int]:
        before = {pid: switches(pid) for pid in pids}
        subprocess.run(["sleep", "1"], check=True)
        return [switches(pid) - before[pid] for pid in pids]

    # Stages poll for a second after their last work.
    eventually(lambda: max(wakeups()) <= 5)
    with daemon.client() as client, client.open_stream() as stream:
        stream.append("Hello there, ")
        next(iter(stream))
        eventually(lambda: max(wakeups()) <= 10)
        stream.cancel()


def test_blocks_cause_no_page_faults(daemon: Daemon) -> None:
    """From the vocoder to the device, once each array shape has occurred."""
    text = "Hello there, how do you do?"
    pids = [stages(daemon)[name]["pid"] for name in TIMELY]

    def speak() -> list[int]:
        before = [faults(pid) for pid in pids]
        with daemon.client() as client:
            assert client.speak(text).wait().reason == "done"
        return [faults(pid) - was for pid, was in zip(pids, before, strict=True)]

    with daemon.client() as client:
        for _ in range(15):  # a cancelled utterance passes through all slots of the rings too, in less time
            utterance = client.speak(text)
            while not utterance.marks:
                client.receive()
            utterance.cancel()
    blocks = 48000 // 128  # of at least one second of speech
    eventually(lambda: max(speak()) < blocks // 20)
