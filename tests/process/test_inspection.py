"""``svctl hold`` and ``svctl profile`` beside a daemon: a held stage may be stopped, a profiled one goes on."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.daemon import Daemon, alive, configured, eventually
from support.svctl import LIGHT, SVCTL
from support.unvalidated_client import UnvalidatedClient

from steadyvoice.client import AsyncClient, RequestRefused
from steadyvoice.client.svctl import py_spy
from steadyvoice.ipc.daemon_status import StageStatus
from steadyvoice.ipc.errors import NotInstalled

BUSY = " ".join(["20/1/5"] * 400)
"""Of which the generator computes for 0.4 of the time."""
STAGE = "vocoder paced"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("inspection"), cache, LIGHT) as daemon:
        yield daemon


def stage(daemon: Daemon, name: str = "vocoder") -> StageStatus:
    return next(each for each in daemon.status()["stages"] if each["name"] == name)


def stage_when(daemon: Daemon, is_so: Callable[[StageStatus], bool]) -> StageStatus:
    """The vocoder, when it is so."""
    seen: list[StageStatus] = []

    def look() -> bool:
        seen[:] = [stage(daemon)]
        return is_so(seen[0])

    eventually(look)
    return seen[0]


@contextmanager
def held(daemon: Daemon, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """``svctl hold``, once the stage is held; ended by Ctrl-C."""
    command: list[str | Path] = [SVCTL, "hold", "vocoder", *words, "--json"]
    process = subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert (said["stage"], said["pid"]) == (STAGE, stage(daemon)["pid"])
    yield process
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def test_a_held_stage_may_be_stopped_until_the_hold_ends(daemon: Daemon) -> None:
    before = stage(daemon)
    with held(daemon, "--seconds", "60") as process:
        os.kill(before["pid"], signal.SIGSTOP)
        now = stage_when(daemon, lambda seen: seen["heartbeat_age_s"] > 1.5)
        assert (now["pid"], now["restarts"]) == (before["pid"], before["restarts"])
        assert 50 < now["held_s"] <= 60
        assert "ready, held " in daemon.svctl("status").stdout
    assert process.returncode == 0
    replaced = stage_when(daemon, lambda seen: seen["pid"] not in (0, before["pid"]))
    assert replaced["restarts"] == before["restarts"] + 1
    assert replaced["held_s"] == 0
    eventually(lambda: stage(daemon)["state"] == "ready")


def test_speech_goes_on_when_a_debugger_lets_the_stage_go(daemon: Daemon) -> None:
    before = stage(daemon)["pid"]
    with daemon.client() as client, held(daemon):
        os.kill(before, signal.SIGSTOP)
        stream = client.stream("1/2/3")
        eventually(lambda: stage(daemon)["heartbeat_age_s"] > 0.5)
        os.kill(before, signal.SIGCONT)
        assert sum(map(len, stream)) > 0
    assert stage(daemon)["pid"] == before


def test_a_command_runs_while_the_stage_is_held(daemon: Daemon) -> None:
    before = stage(daemon)["pid"]
    line = "sh -c 'kill -STOP {pid}; sleep 0.6; kill -CONT {pid}; exit 7'"
    assert daemon.svctl("hold", "vocoder", "paced", "--run", line).returncode == 7
    assert stage(daemon)["pid"] == before
    assert stage(daemon)["held_s"] == 0
    missing = daemon.svctl("hold", "vocoder", "--run", "no-such-debugger {pid}")
    assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 2)


def test_the_end_of_the_process_ends_the_command(daemon: Daemon) -> None:
    before = stage(daemon)["pid"]
    process = subprocess.Popen([SVCTL, "hold", "vocoder"], env=daemon.env, stderr=subprocess.PIPE, text=True)
    eventually(lambda: stage(daemon)["held_s"] > 0)
    os.kill(before, signal.SIGKILL)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert f"process {before} has ended" in said
    eventually(lambda: stage(daemon)["state"] == "ready" and stage(daemon)["pid"] != before)


def test_several_clients_hold_a_stage(daemon: Daemon) -> None:
    with daemon.client() as first, daemon.client() as second:
        first.hold(STAGE, 500)
        assert second.hold(STAGE, 50).seconds == 50
        assert stage(daemon)["held_s"] > 400
        assert first.hold(STAGE, 0).seconds == 0
        assert 0 < stage(daemon)["held_s"] <= 50
    eventually(lambda: stage(daemon)["held_s"] == 0)


@pytest.mark.parametrize("command", ["hold", "profile"])
def test_a_wrong_name_lists_the_stages(daemon: Daemon, command: str) -> None:
    done = daemon.svctl(command, "mixer")
    assert done.returncode == 1
    choices = "converter, generator paced, output, vocoder paced"
    assert done.stderr == f"svctl: there is no stage 'mixer'; there are: {choices}\n"


@pytest.mark.parametrize(
    ("name", "why"), [("output", "stage output runs no model of torch"), (STAGE, "this stage has not loaded torch")]
)
def test_a_stage_without_torch(daemon: Daemon, name: str, why: str) -> None:
    with daemon.client() as client, pytest.raises(RequestRefused, match=why) as refused:
        client.profile(name)
    assert refused.value.code == "cannot_profile"


def test_a_json_connection_cannot_have_a_trace(daemon: Daemon) -> None:
    with UnvalidatedClient(daemon.socket, json=True) as peer:
        assert peer.ask(type="profile", stage=STAGE)["code"] == "bad_message"


def test_the_asynchronous_client(daemon: Daemon) -> None:
    async def hold() -> None:
        async with AsyncClient(daemon.socket) as client:
            assert (await client.hold(STAGE, 60)).stage == STAGE
            assert stage(daemon)["held_s"] > 0
            with pytest.raises(RequestRefused, match="has not loaded torch"):
                await client.profile(STAGE, blocks=1)

    asyncio.run(hold())
    eventually(lambda: stage(daemon)["held_s"] == 0)


@pytest.fixture
def sampler() -> None:
    """py-spy, or the test is skipped."""
    try:
        py_spy.executable()
    except NotInstalled as missing:
        pytest.skip(str(missing))


def profile(daemon: Daemon, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    """While the daemon speaks. Skips the test where the kernel does not let this user look into a process."""
    with daemon.client() as client:
        utterance = client.speak(BUSY)
        done = daemon.svctl("profile", *words)
        utterance.cancel()
    if "the kernel refuses" in done.stderr:
        pytest.skip(done.stderr)
    return done


@pytest.mark.usefixtures("sampler")
def test_where_a_stage_spends_its_time(daemon: Daemon) -> None:
    before = stage(daemon, "generator")
    done = profile(daemon, "generator", "--seconds", "1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["stage"], found["pid"]) == ("generator paced", before["pid"])
    assert found["functions"][0]["function"].startswith("compute (")
    assert stage(daemon, "generator")["pid"] == before["pid"]


@pytest.mark.usefixtures("sampler")
def test_files(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "generator.json"
    done = profile(daemon, "generator", "--seconds", "1", "-o", file)
    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text())["profiles"]
    again = daemon.svctl("profile", "generator", "-o", file)
    assert (again.returncode, again.stderr) == (1, f"svctl: {file} exists; --force replaces it\n")


@pytest.mark.usefixtures("sampler")
def test_ctrl_c_ends_py_spy_too(daemon: Daemon, tmp_path: Path) -> None:
    command: list[str | Path] = [SVCTL, "profile", "generator", "--seconds", "600", "-o", tmp_path / "x.txt"]
    process = subprocess.Popen(command, env=daemon.env, stderr=subprocess.PIPE)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    [pid] = eventually(lambda: children.read_text().split())
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == b""
    assert process.returncode == 130
    assert not alive(int(pid))


@pytest.mark.parametrize(
    ("words", "why"),
    [(["-o", "x.wav"], "names the format"), (["--torch"], "--torch needs -o"), (["--torch", "-o", "x.svg"], "'x.svg'")],
)
def test_usage(daemon: Daemon, words: list[str], why: str) -> None:
    done = daemon.svctl("profile", "output", *words)
    assert done.returncode == 2
    assert why in done.stderr
