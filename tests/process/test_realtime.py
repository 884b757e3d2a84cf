"""What the stages get from the kernel, what they do without it, and that they leave it alone while there is no work."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.daemon import BIN, Daemon, eventually, user_env

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


def stages(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {stage["name"]: stage for stage in daemon.status()["stages"]}


def field(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def switches(pid: int) -> int:
    """How often the process has slept."""
    return field(pid, "voluntary_ctxt_switches:")


def faults(pid: int) -> int:
    """How often it has touched a page that was not there."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[7])


def test_status_says_what_the_kernel_says(daemon: Daemon) -> None:
    for name, stage in stages(daemon).items():
        pid = stage["pid"]
        assert stage["cpus"] == sorted(os.sched_getaffinity(pid))
        fifo = os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO
        assert stage["policy"] == ("fifo" if fifo else "other")
        assert stage["priority"] == os.sched_getparam(pid).sched_priority
        assert stage["locked"] == (field(pid, "VmLck:") > 0)
        assert os.sched_getscheduler(pid) & os.SCHED_RESET_ON_FORK or name == "generator"


@pytest.mark.skipif(os.getuid() != 0, reason="needs the rights that it then takes away")
def test_without_rights_it_runs_on_and_says_so(cache: Path, tmp_path: Path) -> None:
    """No capability, no memory to lock, no priority: as in a container that was given nothing."""
    nobody = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "prlimit", "--rtprio=0:0", "--memlock=0:0", "--"]
    daemon = Daemon(user_env(tmp_path / "bare", cache), configured(tmp_path / "bare"))
    daemon.command = [*nobody, *daemon.command]
    try:
        daemon.start().ready()
        assert {(s["policy"], s["priority"], s["locked"]) for s in stages(daemon).values()} == {("other", 0, False)}
        assert daemon.svctl("speak", "Still speaking.", "-o", tmp_path / "out.wav").returncode == 0
        svctl = [*nobody, BIN / "svctl", "doctor"]
        advice = subprocess.run(svctl, env=daemon.env, capture_output=True, text=True, timeout=60).stdout
        assert "rtprio" in advice
        assert "memlock" in advice
    finally:
        assert daemon.stop() == 0


@pytest.mark.alone
def test_who_computes_for_too_long_gives_up_its_priority(daemon: Daemon) -> None:
    """The core is the whole machine's: after half a second under SCHED_FIFO without a sleep it goes on without."""
    if stages(daemon)["vocoder"]["policy"] != "fifo":
        pytest.skip("no SCHED_FIFO on this machine")
    with daemon.client() as client:
        assert client.speak("1/1500/20", voice="paced").wait().reason == "done"
        eventually(lambda: stages(daemon)["vocoder"]["policy"] == "other")
        assert [stages(daemon)[name]["policy"] for name in ("converter", "output")] == ["fifo", "fifo"]
        assert "stage vocoder" in daemon.log
        assert client.speak("1/1/20", voice="paced").wait().reason == "done"


def test_idle_stages_sleep(daemon: Daemon) -> None:
    """Also while an utterance waits for its writer: a few wake-ups a second, no polling."""
    pids = [stage["pid"] for stage in stages(daemon).values()]

    def wakeups() -> list[int]:
        before = {pid: switches(pid) for pid in pids}
        subprocess.run(["sleep", "1"], check=True)
        return [switches(pid) - before[pid] for pid in pids]

    # Stages look about for a second after their last work.
    eventually(lambda: max(wakeups()) <= 5)
    with daemon.client() as client, client.open_stream() as stream:
        stream.append("Hello there, ")
        next(iter(stream))
        eventually(lambda: max(wakeups()) <= 10)
        stream.cancel()


def test_blocks_are_made_in_memory_that_is_there(daemon: Daemon) -> None:
    """From vocoder to device no page is touched for the first time, once each shape has been seen."""
    text = "Hello there, how do you do?"
    pids = [stages(daemon)[name]["pid"] for name in TIMELY]

    def speak() -> list[int]:
        before = [faults(pid) for pid in pids]
        with daemon.client() as client:
            assert client.speak(text).wait().reason == "done"
        return [faults(pid) - was for pid, was in zip(pids, before, strict=True)]

    with daemon.client() as client:
        for _ in range(15):  # what is silenced goes through all slots of the rings too, and sooner
            utterance = client.speak(text)
            while not utterance.marks:
                client.receive()
            utterance.cancel()
    blocks = 48000 // 128  # a second of them, at least
    eventually(lambda: max(speak()) < blocks // 20)
