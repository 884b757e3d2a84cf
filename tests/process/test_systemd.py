"""The units under a real systemd, user and system manager: start, use, kill, hang, reload and stop."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.daemon import BIN, eventually
from support.http import Http
from support.matrix import quick
from support.systemd import Service, Systemd

from steadyvoice.client import UtteranceFailed

CAP_SYS_RESOURCE = 24  # capability.h
of_a_user = pytest.mark.parametrize("booted", quick(1, ["user", "system"]), indirect=True)
"""What the daemon itself does is the same under both; what systemd gives and asks is tested under both."""

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(
        subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0,
        reason="needs root, to run systemd in its own namespaces",
    ),
]


@pytest.fixture(scope="module", params=["user", "system"])
def booted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Service]:
    systemd = Systemd(request.param, tmp_path_factory.mktemp("user"), cache)
    try:
        systemd.boot()
        service = Service(systemd)
        service.install()
        # short, so that the tests of the watchdog are fast
        service.edit("watchdog", "WatchdogSec=3\nTimeoutAbortSec=1")
        systemd.manage("daemon-reload")
        yield service
    finally:
        systemd.end()


@pytest.fixture
def service(booted: Service) -> Service:
    """The service, started, with its usual configuration also after a test that has failed."""
    booted.configure()
    booted.systemd.manage("reset-failed")
    booted.manage("start")
    return booted


def speaks(service: Service) -> bool:
    with service.client() as client:
        return sum(map(len, client.stream("I speak."))) > 6000


def test_the_first_request_starts_the_service(booted: Service, tmp_path: Path) -> None:
    assert booted.show("ActiveState") == "inactive"
    done = booted.svctl("speak", "Good morning.", "-o", str(tmp_path / "out.wav"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.wav").stat().st_size > 20_000
    eventually(lambda: booted.show("ActiveState") == "active")
    assert booted.show("StatusText") == "ready; sound device: null"


def test_systemctl_start_returns_when_every_stage_is_warm(service: Service) -> None:
    service.manage("restart")
    status = service.status()
    assert status["ready"]
    assert str(status["pid"]) == service.show("MainPID")


def test_real_time_and_locked_memory_are_granted(service: Service) -> None:
    """The user manager runs as root here. The system manager needs CAP_SYS_RESOURCE to raise limits for its user."""
    capable = int(re.findall(r"CapEff:\s*(\w+)", Path("/proc/self/status").read_text())[0], 16)
    granted = service.scope == "user" or bool(capable >> CAP_SYS_RESOURCE & 1)
    stages = {stage["name"]: stage for stage in service.status()["stages"]}
    assert stages["output"]["policy"] == ("fifo" if granted else "other")
    assert all(stage["locked"] == granted for stage in stages.values())


@of_a_user
def test_a_killed_daemon_is_restarted_at_the_same_socket(service: Service) -> None:
    before, restarts, socket = service.pids(), int(service.show("NRestarts")), service.socket.stat().st_ino
    service.systemd.kill("KILL", service.show("MainPID"))
    eventually(lambda: int(service.show("NRestarts")) > restarts)
    assert speaks(service)
    assert not set(before.values()) & set(service.pids().values())
    assert service.socket.stat().st_ino == socket


@of_a_user
def test_the_daemon_notifies_the_watchdog(service: Service) -> None:
    def notified(last: str = "") -> str:
        """When the watchdog was last notified; empty if that is ``last``."""
        at = service.show("WatchdogTimestampMonotonic")
        return "" if at == last else at

    pid = service.show("MainPID")
    for _ in range(3):
        eventually(partial(notified, notified()))
    assert service.show("MainPID") == pid


@of_a_user
def test_the_watchdog_restarts_a_hung_daemon(service: Service) -> None:
    pid = service.show("MainPID")
    service.systemd.kill("STOP", pid)
    eventually(lambda: service.show("MainPID") not in (pid, "0"))
    assert speaks(service)
    eventually(lambda: service.systemd.has_logged("Watchdog timeout", SYSLOG_IDENTIFIER="systemd"))


@pytest.mark.parametrize("booted", ["user"], indirect=True)
def test_a_hung_stage_is_ended(service: Service) -> None:
    hung = service.pids()["vocoder"]
    service.systemd.kill("STOP", hung)
    eventually(lambda: not service.systemd.is_running(hung))
    assert speaks(service)


@of_a_user
def test_a_reload_takes_effect_at_once(service: Service) -> None:
    pids = service.pids()
    service.configure("limits.text_chars = 9\n")
    service.manage("reload")
    eventually(lambda: service.status()["limits"]["text_chars"] == 9)
    eventually(lambda: service.show("StatusText") == "configuration reloaded")
    assert service.pids() == pids
    service.configure()
    service.manage("reload")
    eventually(lambda: service.status()["limits"]["text_chars"] > 9)


@of_a_user
def test_a_reload_that_changes_the_stages_interrupts_no_speech(service: Service) -> None:
    before, main = service.pids(), service.show("MainPID")
    text = "One two three four five six seven. " * 5
    with service.client() as client:
        whole = sum(map(len, client.stream(text)))
        blocks = iter(client.stream(text))
        heard = len(next(blocks))
        service.configure("audio.block = 256\n")
        service.manage("reload")
        assert heard + sum(map(len, blocks)) == whole
    eventually(lambda: service.status()["ready"] and service.status()["audio"]["block"] == 256)
    assert speaks(service)
    replaced = service.pids()["output"]
    assert replaced != before["output"]
    assert service.show("MainPID") == main
    service.configure()
    service.manage("reload")
    eventually(lambda: service.pids()["output"] not in (0, replaced))
    eventually(lambda: service.show("StatusText") == "ready")  # the new process's, which is the last change
    assert service.status()["audio"]["block"] == 128


@of_a_user
def test_an_invalid_configuration_is_refused_and_the_old_one_stays(service: Service) -> None:
    pids, main = service.pids(), service.show("MainPID")
    service.configure("voise = 'heart'\n")
    done = service.systemd.systemctl("reload", service.unit)
    assert done.returncode != 0
    eventually(
        lambda: service.systemd.has_logged("unknown key 'voise'; did you mean 'voice'?", SYSLOG_IDENTIFIER="svd")
    )
    service.systemd.kill("HUP", main)  # a reload without the check of the unit
    eventually(lambda: service.show("StatusText").startswith("the old configuration stays: "))
    assert "did you mean 'voice'?" in service.show("StatusText")
    assert service.show("ActiveState") == "active"
    assert service.pids() == pids
    assert speaks(service)
    service.configure()
    service.manage("reload")
    eventually(lambda: service.show("StatusText") == "configuration reloaded")


@of_a_user
def test_journal_entries_have_fields_for_utterance_and_stage(service: Service) -> None:
    with service.client() as client:
        utterance = client.speak("\u02c0")
        with pytest.raises(UtteranceFailed):
            utterance.wait()
    said = eventually(
        lambda: service.systemd.journal(STEADYVOICE_UTTERANCE=utterance.id, _PID=service.show("MainPID"))
    )[-1]
    assert (said["PRIORITY"], said["SYSLOG_IDENTIFIER"]) == ("4", "svd")
    assert said["MESSAGE"].startswith(f"utterance {utterance.id}: unsupported_text: ")
    service.systemd.kill("KILL", service.pids()["vocoder"])
    of_stage = {"STEADYVOICE_STAGE": "vocoder", "PRIORITY": 3}
    eventually(lambda: any("killed by SIGKILL" in said["MESSAGE"] for said in service.systemd.journal(**of_stage)))
    assert speaks(service)


def test_systemctl_stop_leaves_only_the_socket(service: Service) -> None:
    pids = service.pids()
    service.manage("stop")
    assert (service.show("ActiveState"), service.show("Result")) == ("inactive", "success")
    assert not any(map(service.systemd.is_running, pids.values()))
    assert os.listdir(service.systemd.root / "dev/shm") == []
    assert [path.name for path in service.socket.parent.iterdir() if path.is_file()] == []
    assert speaks(service), "the next request must start the service again"


def inside(service: Service, *words: str) -> "subprocess.CompletedProcess[str]":
    socket = "/run/steadyvoice/control.sock" if service.scope == "system" else str(service.socket)
    return service.systemd.run(str(BIN / "svctl"), "--socket", socket, *words)


def test_svctl_restart_restarts_the_unit(service: Service) -> None:
    before = service.status()
    assert before["started_by"] == {"by": "systemd", "unit": service.unit, "scope": service.scope}
    done = inside(service, "restart")
    now = service.status()["pid"]
    assert (done.returncode, done.stdout, done.stderr) == (0, f"svd was restarted (pid {now})\n", "")
    assert now != before["pid"]
    assert service.show("ActiveState") == "active"
    assert service.show("MainPID") == str(now)


def test_svctl_quit_ends_the_daemon_and_says_what_starts_it_again(service: Service) -> None:
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
    assert service.show("Result") == "success", "SIGTERM must be a clean end, so that Restart=on-failure does nothing"
    assert service.systemd.systemctl("is-active", socket).stdout == "active\n"
    assert speaks(service), "the next request must start the service again"


def test_svctl_outside_the_pid_namespace_ends_no_process(service: Service) -> None:
    """Outside, the daemon's pid belongs to another process, or to none."""
    done = service.svctl("quit")
    assert done.returncode == 1
    assert "is not an svd visible to this user" in done.stderr
    assert service.show("ActiveState") == "active"


@pytest.fixture
def http_port(service: Service) -> Iterator[int]:
    """A port that systemd listens on for the HTTP gateway, which does not run yet."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    service.install_gateway("http", f"127.0.0.1:{port}")
    yield port
    service.systemd.manage("disable", "--now", "steadyvoice-http.socket", "steadyvoice-http.service")


def asked(port: int, text: str = "Hello there.") -> bytes:
    with Http(port) as http:
        answer = http.ask("POST", "/v1/audio/speech", {"input": text, "response_format": "pcm"})
    assert (answer.status, answer.complete) == (200, True)
    return answer.body


@pytest.mark.parametrize("booted", ["user"], indirect=True)
def test_a_connection_starts_the_gateway_and_a_killed_one_is_restarted_alone(service: Service, http_port: int) -> None:
    whole = asked(http_port)
    pids = service.pids()
    with service.client() as client, Http(http_port) as http:
        spoken = client.speak("One two three four five six.")
        http.request("POST", "/v1/audio/speech", {"input": "One two three. " * 500, "response_format": "pcm"})
        assert http.head()[0] == 200
        service.systemd.kill("KILL", service.systemd.show("steadyvoice-http.service", "MainPID"))
        assert asked(http_port) == whole
        assert spoken.wait().reason == "done"
    assert service.systemd.show("steadyvoice-http.service", "NRestarts") == "1"
    assert service.pids() == pids
