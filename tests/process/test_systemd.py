"""The units under a real systemd, a user's and a machine's: started, used, killed, hung, reloaded and stopped."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, eventually
from support.matrix import quick
from support.systemd import Service

from steadyvoice.client import UtteranceFailed

CAP_SYS_RESOURCE = 24  # capability.h
of_a_user = pytest.mark.parametrize("booted", quick(1, ["user", "system"]), indirect=True)
"""What the daemon itself does is the same under both; what systemd gives and asks is tested under both."""

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(
        subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0,
        reason="a systemd in namespaces of its own needs root's rights",
    ),
]


@pytest.fixture(scope="module", params=["user", "system"])
def booted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Service]:
    service = Service(request.param, tmp_path_factory.mktemp("user"), cache)
    try:
        service.boot()
        service.install()
        service.edit("watchdog", "WatchdogSec=3\nTimeoutAbortSec=1")  # so that no test need wait for it
        service.manage("daemon-reload")
        yield service
    finally:
        service.end()


@pytest.fixture
def service(booted: Service) -> Service:
    """It runs."""
    booted.manage("reset-failed")
    booted.manage("start", booted.unit)
    return booted


def speaks(service: Service) -> bool:
    with service.client() as client:
        return sum(map(len, client.stream("I speak."))) > 6000


def test_the_first_word_starts_it(booted: Service, tmp_path: Path) -> None:
    assert booted.show("ActiveState") == "inactive"
    done = booted.svctl("speak", "Good morning.", "-o", str(tmp_path / "out.wav"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.wav").stat().st_size > 20_000
    eventually(lambda: booted.show("ActiveState") == "active")
    assert booted.show("StatusText") == "ready; sound device: null"


def test_start_ends_when_every_stage_is_warm(service: Service) -> None:
    service.manage("restart", service.unit)
    status = service.status()
    assert status["ready"]
    assert str(status["pid"]) == service.show("MainPID")


def test_real_time_and_locked_memory_are_granted(service: Service) -> None:
    """A user's manager is root's here. A container that may not raise limits has none to give to another user."""
    capable = int(re.findall(r"CapEff:\s*(\w+)", Path("/proc/self/status").read_text())[0], 16)
    granted = service.scope == "user" or bool(capable >> CAP_SYS_RESOURCE & 1)
    stages = {stage["name"]: stage for stage in service.status()["stages"]}
    assert stages["output"]["policy"] == ("fifo" if granted else "other")
    assert all(stage["locked"] == granted for stage in stages.values())


@of_a_user
def test_killed_it_is_back_at_the_same_socket(service: Service) -> None:
    before, restarts, socket = service.pids(), int(service.show("NRestarts")), service.socket.stat().st_ino
    service.kill("KILL", service.show("MainPID"))
    eventually(lambda: int(service.show("NRestarts")) > restarts)
    assert speaks(service)
    assert not set(before.values()) & set(service.pids().values())
    assert service.socket.stat().st_ino == socket


@of_a_user
def test_the_watchdog_is_fed(service: Service) -> None:
    def fed() -> str:
        return service.show("WatchdogTimestampMonotonic")

    pid = service.show("MainPID")
    for _ in range(3):
        last = fed()
        eventually(lambda last=last: fed() != last)
    assert service.show("MainPID") == pid


@of_a_user
def test_the_watchdog_bites_where_the_daemon_hangs(service: Service) -> None:
    pid = service.show("MainPID")
    service.kill("STOP", pid)
    eventually(lambda: service.show("MainPID") not in (pid, "0"))
    assert speaks(service)
    eventually(lambda: service.said("Watchdog timeout", SYSLOG_IDENTIFIER="systemd"))


@pytest.mark.parametrize("booted", ["user"], indirect=True)
def test_a_stage_that_hangs_does_not_stay(service: Service) -> None:
    hung = service.pids()["vocoder"]
    service.kill("STOP", hung)
    eventually(lambda: not service.runs(hung))
    assert speaks(service)


@of_a_user
def test_a_reload_takes_effect_at_once(service: Service) -> None:
    pids = service.pids()
    service.configure("limits.text_chars = 9\n")
    service.manage("reload", service.unit)
    eventually(lambda: service.status()["limits"]["text_chars"] == 9)
    eventually(lambda: service.show("StatusText") == "configuration reloaded")
    assert service.pids() == pids
    service.configure()
    service.manage("reload", service.unit)
    eventually(lambda: service.status()["limits"]["text_chars"] > 9)


@of_a_user
def test_a_reload_that_changes_the_stages_breaks_off_nothing(service: Service) -> None:
    before, main = service.pids(), service.show("MainPID")
    text = "One two three four five six seven. " * 5
    with service.client() as client:
        whole = sum(map(len, client.stream(text)))
        blocks = iter(client.stream(text))
        heard = len(next(blocks))
        service.configure("audio.block = 256\n")
        service.manage("reload", service.unit)
        assert heard + sum(map(len, blocks)) == whole
    eventually(lambda: service.status()["ready"] and service.status()["audio"]["block"] == 256)
    assert speaks(service)
    assert service.pids()["output"] != before["output"]
    assert service.show("MainPID") == main
    service.configure()
    service.manage("reload", service.unit)
    eventually(lambda: service.status()["ready"] and service.status()["audio"]["block"] == 128)
    eventually(lambda: service.show("StatusText") == "ready")


@of_a_user
def test_a_bad_configuration_is_refused_and_the_old_one_stays(service: Service) -> None:
    pids, main = service.pids(), service.show("MainPID")
    service.configure("voise = 'heart'\n")
    done = service.systemctl("reload", service.unit)
    assert done.returncode != 0
    eventually(lambda: service.said("unknown key 'voise'; did you mean 'voice'?", SYSLOG_IDENTIFIER="svd"))
    service.kill("HUP", main)  # by hand, without the check
    eventually(lambda: service.show("StatusText").startswith("the old configuration stays: "))
    assert "did you mean 'voice'?" in service.show("StatusText")
    assert service.show("ActiveState") == "active"
    assert service.pids() == pids
    assert speaks(service)
    service.configure()
    service.manage("reload", service.unit)
    eventually(lambda: service.show("StatusText") == "configuration reloaded")


@of_a_user
def test_the_journal_knows_utterance_and_stage(service: Service) -> None:
    with service.client() as client:
        utterance = client.speak("\u6f22\u5b57")
        with pytest.raises(UtteranceFailed):
            utterance.wait()
    said = eventually(lambda: service.journal(STEADYVOICE_UTTERANCE=utterance.id, _PID=service.show("MainPID")))[-1]
    assert (said["PRIORITY"], said["SYSLOG_IDENTIFIER"]) == ("4", "svd")
    assert said["MESSAGE"].startswith(f"utterance {utterance.id}: unsupported_text: ")
    service.kill("KILL", service.pids()["vocoder"])

    def last() -> str:
        entries = service.journal(STEADYVOICE_STAGE="vocoder", PRIORITY=3)
        return str(entries[-1]["MESSAGE"]) if entries else ""

    eventually(lambda: "killed by SIGKILL" in last())
    assert speaks(service)


def test_stopped_it_leaves_the_socket_and_nothing_else(service: Service) -> None:
    pids = service.pids()
    service.manage("stop", service.unit)
    assert (service.show("ActiveState"), service.show("Result")) == ("inactive", "success")
    assert not any(map(service.runs, pids.values()))
    assert os.listdir(service.root / "dev/shm") == []
    assert [path.name for path in service.socket.parent.iterdir() if path.is_file()] == []
    assert speaks(service), "and the next word starts it again"


def inside(service: Service, *words: str) -> "subprocess.CompletedProcess[str]":
    socket = "/run/steadyvoice/control.sock" if service.scope == "system" else str(service.socket)
    return service.run(str(BIN / "svctl"), "--socket", socket, *words)


def test_svctl_restarts_the_unit(service: Service) -> None:
    before = service.status()
    assert before["started_by"] == {"by": "systemd", "unit": service.unit, "scope": service.scope}
    done = inside(service, "restart")
    now = service.status()["pid"]
    assert (done.returncode, done.stdout, done.stderr) == (0, f"svd was restarted (pid {now})\n", "")
    assert now != before["pid"]
    assert service.show("ActiveState") == "active"
    assert service.show("MainPID") == str(now)


def test_svctl_ends_it_and_says_what_starts_it_again(service: Service) -> None:
    pid = service.status()["pid"]
    done = inside(service, "quit", "--purge")
    assert (done.returncode, done.stderr) == (0, "")
    ended, *purged = done.stdout.splitlines()
    manager = "systemctl --user" if service.scope == "user" else "systemctl"
    socket = service.unit.replace(".service", ".socket")
    assert ended == (
        f"svd (pid {pid}) has ended; systemd starts it again when a program speaks: "
        f"{manager} stop {socket} prevents that"
    )
    assert purged
    eventually(lambda: service.show("ActiveState") == "inactive")
    assert service.show("Result") == "success", "SIGTERM is a clean end: Restart=on-failure does nothing"
    assert service.systemctl("is-active", socket).stdout == "active\n"
    assert speaks(service), "the next word starts it again"


def test_from_outside_its_namespace_no_process_is_ended(service: Service) -> None:
    """The number of the daemon is another process's out here."""
    done = service.svctl("quit")
    assert done.returncode == 1
    assert "is not an svd visible to this user" in done.stderr
    assert service.show("ActiveState") == "active"
