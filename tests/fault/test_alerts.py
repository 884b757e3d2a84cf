"""Each alert fires in a real Prometheus when its fault is caused, and none while speech is undisturbed."""

import math
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from support import hog
from support.alerts import RULES, fires, hurried, value, watching
from support.daemon import Daemon, configured, eventually, user_env
from support.dashboard import expressions, metrics
from support.prometheus import Prometheus, free_port, needs_prometheus
from support.svctl import LIGHT, NULL

from steadyvoice.client import Client, RequestRefused, UtteranceFailed
from steadyvoice.client.svctl.bench.listeners import SENTENCES

pytestmark = needs_prometheus

FLOW = "0/0/20 "
"""0.2 s of speech, without computing time."""
STREAMS, UTTERANCES = 6, 8
"""Limits of the daemon."""
UNDISTURBED_S = 20 * 60


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    """Of the daemons' metrics, by name; the first runs from the beginning."""
    return {name: free_port() for name in ("speaks", "silent", "mute")}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, ports: dict[str, int]) -> Iterator[Daemon]:
    lines = f"limits.streams = {STREAMS}\nlimits.utterances = {UTTERANCES}\nlookahead_s = 0.5\n{LIGHT}"
    with configured(tmp_path_factory.mktemp("user"), cache, lines + metrics_at(ports["speaks"])) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, daemon: Daemon, ports: dict[str, int]) -> Iterator[Prometheus]:
    with watching(tmp_path_factory.mktemp("prometheus"), ports, hurried(RULES)) as server:
        yield server


def shown(daemon: Daemon, alert: str) -> str:
    """What the command says that the alert names; ``top`` once, as lines."""
    command = re.search(rf"alert: {alert}\n.*?command: svctl (.*?)\n", RULES, re.S)
    assert command is not None
    once = ["-b", "-n", "1"] if command[1] == "top" else []
    return daemon.svctl(*shlex.split(command[1]), *once).stdout


def metrics_at(port: int) -> str:
    return f'metrics.address = "127.0.0.1:{port}"\n'


@contextmanager
def other(home: Path, cache: Path, lines: str) -> Iterator[Daemon]:
    """Another daemon, which need not become ready."""
    (home / "config.toml").write_text(lines)
    daemon = Daemon(user_env(home, cache), ["--config", str(home / "config.toml")]).start()
    try:
        eventually(daemon.answers)
        yield daemon
    finally:
        assert daemon.stop() == 0, daemon.log


def test_a_stage_killed_twice(server: Prometheus, daemon: Daemon) -> None:
    for _ in range(2):
        pid = daemon.pids()["vocoder"]
        with daemon.client() as client:
            utterance = client.speak(FLOW * 3)
            os.kill(pid, signal.SIGKILL)
            assert utterance.wait().reason == "done"
        eventually(lambda: daemon.pids()["vocoder"] not in (0, pid))  # noqa: B023
    eventually(lambda: fires(server, "SteadyvoiceStageRestarts", instance="speaks", stage="vocoder paced"))
    assert re.search(r"^vocoder paced +\d+ +\w+ +2 ", shown(daemon, "SteadyvoiceStageRestarts"), re.M)


def test_every_metric_of_the_alerts_and_the_dashboard_is_exported(server: Prometheus, daemon: Daemon) -> None:
    used = metrics(RULES).union(*(metrics(expression) for _, expression in expressions()))
    assert used - {"steadyvoice_build_info"} <= set(server.ask("label/__name__/values"))


@pytest.mark.long
def test_every_query_of_the_dashboard_has_an_answer(server: Prometheus, daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(FLOW * 20)
        while not utterance.marks:
            client.receive()
        utterance.cancel()
        assert sum(map(len, client.stream(FLOW * 10))) > 0
    for title, expression in expressions():
        assert title
        eventually(partial(has_number, server, expression), 20)


def has_number(server: Prometheus, expression: str) -> bool:
    return any(not math.isnan(float(each["value"][1])) for each in server.query(expression))


@pytest.mark.long
@pytest.mark.alone
def test_hogged_cores(server: Prometheus, daemon: Daemon) -> None:
    """For 0.3 s no stage gets processor time, and the sound device holds 10 ms."""
    with daemon.client() as client:
        utterance = client.speak(FLOW * 10)
        while utterance.started is None:
            client.receive()
        if not hogged(0.3):
            pytest.skip("no SCHED_FIFO on this machine")
        late = utterance.wait().late
    labels = [stage if stage in ("converter", "output") else f"{stage} paced" for stage in late]
    assert labels
    eventually(lambda: all(fires(server, "SteadyvoiceUnderrun", instance="speaks", stage=each) for each in labels))
    said = shown(daemon, "SteadyvoiceUnderrun")
    assert all(f"stage {stage} was late" in said for stage in late)


def started(core: int, seconds: float) -> "subprocess.Popen[bytes]":
    command = [sys.executable, hog.__file__, str(core), str(seconds)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def hogged(seconds: float) -> bool:
    """Hog all cores; False where that is not permitted."""
    with ExitStack() as stack:
        hogs = [stack.enter_context(started(core, seconds)) for core in sorted(os.sched_getaffinity(0))]
        pipes = [(each.stdin, each.stdout) for each in hogs]
        for _, out in pipes:
            assert out is not None
            out.readline()
        for into, _ in pipes:
            assert into is not None
            into.close()
    return not any(each.returncode for each in hogs)


@pytest.mark.long
def test_a_full_queue(server: Prometheus, daemon: Daemon) -> None:
    with daemon.client() as client:
        streams = [client.stream(FLOW * 10) for _ in range(UTTERANCES)]  # more than limits.streams, and not read
        eventually(lambda: fires(server, "SteadyvoiceStreamsWait", instance="speaks"))
        with pytest.raises(RequestRefused, match="are waiting"):
            client.stream(FLOW)
        eventually(lambda: fires(server, "SteadyvoiceRefused", instance="speaks", code="too_many_utterances"))
        assert f"{STREAMS} active, {UTTERANCES - STREAMS} queued" in shown(daemon, "SteadyvoiceRefused")
        for stream in streams:
            stream.cancel()
    eventually(lambda: not fires(server, "SteadyvoiceStreamsWait", instance="speaks"))


@pytest.mark.long
def test_requests_that_come_faster_than_they_can_begin(server: Prometheus, daemon: Daemon) -> None:
    def late() -> bool:
        with daemon.client() as client:
            streams = [client.stream("150/0/5") for _ in range(STREAMS)]
            assert all(sum(map(len, stream)) for stream in streams)
        return fires(server, "SteadyvoiceFirstAudioSlow", instance="speaks")

    eventually(late, 60)


@pytest.mark.long
def test_a_stage_that_is_too_slow(server: Prometheus, daemon: Daemon) -> None:
    """The vocoder computes for longer than the speech lasts."""

    def noticed() -> bool:
        for stream in streams:
            stream.take()
        return fires(server, "SteadyvoiceStageBusy", instance="speaks", stage="vocoder paced") and fires(
            server, "SteadyvoiceRingFull", instance="speaks", ring="generator paced to vocoder paced"
        )

    with daemon.client() as client:
        streams = [client.stream("0/60/5 " * 1000) for _ in range(STREAMS)]
        eventually(noticed, 60)
        [row] = [line for line in shown(daemon, "SteadyvoiceStageBusy").splitlines() if "vocoder paced" in line]
        assert int(row.split()[7]) > 80, row
        client.cancel()


@pytest.mark.long
def test_a_missing_device_then_a_missing_daemon(
    server: Prometheus, ports: dict[str, int], tmp_path: Path, cache: Path
) -> None:
    lines = LIGHT.replace('"null"', '"a card that is not there"')
    with other(tmp_path, cache, lines + metrics_at(ports["silent"])) as daemon:
        daemon.ready()
        eventually(lambda: not fires(server, "SteadyvoiceDown", instance="silent"))
        with daemon.client() as client:
            for _ in range(3):
                with pytest.raises(UtteranceFailed, match="sound device"):
                    client.speak(FLOW).wait()
        eventually(lambda: fires(server, "SteadyvoiceUtterancesFail", instance="silent"))
        assert re.search("^!!  sound .*no sound device", shown(daemon, "SteadyvoiceUtterancesFail"), re.M)
        assert not fires(server, "SteadyvoiceDown", instance="silent")
    eventually(lambda: fires(server, "SteadyvoiceDown", instance="silent"))


@pytest.mark.long
def test_a_daemon_that_cannot_speak(server: Prometheus, ports: dict[str, int], tmp_path: Path, cache: Path) -> None:
    with other(tmp_path, cache, f'engines = ["none.such"]\n{NULL}{metrics_at(ports["mute"])}') as daemon:
        eventually(lambda: fires(server, "SteadyvoiceNotReady", instance="mute"))
        assert "none.such" in shown(daemon, "SteadyvoiceNotReady")


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.timeout(UNDISTURBED_S + 300)
def test_no_alert_fires_while_speech_is_undisturbed(tmp_path: Path, cache: Path) -> None:
    """Twenty minutes with the rules as they are: sentences one by one and queued, streams beside them, cancels.

    The device has 40 ms, because the host of a virtual machine may stop it for 26: that is an underrun, and an alert.
    """
    port = free_port()
    (data := tmp_path / "prometheus").mkdir()
    lines = NULL + "audio.latency_ms = 40\n" + metrics_at(port)
    with configured(tmp_path, cache, lines) as daemon, watching(data, {"speaks": port}, RULES) as server:
        until = time.monotonic() + UNDISTURBED_S
        spoken = 0
        with daemon.client() as client:
            while time.monotonic() < until:
                spoken += conversation(client)
        eventually(lambda: value(server, "sum(steadyvoice_utterances_total)") == spoken)
        fired = server.query(f'count_over_time(ALERTS{{alertstate="firing"}}[{UNDISTURBED_S}s])')
        assert [(each["metric"]["alertname"], each["metric"].get("stage"), daemon.log) for each in fired] == []
        assert value(server, f"count_over_time(up[{UNDISTURBED_S}s])") > 0.9 * UNDISTURBED_S


def conversation(client: Client) -> int:
    """Speak a minute or so in each way; return the number of utterances."""
    for sentence in SENTENCES:
        client.speak(sentence).wait()
    queued = [client.speak(sentence) for sentence in SENTENCES[:3]]
    assert sum(map(len, client.stream(SENTENCES[0]))) > 0
    for utterance in queued:
        utterance.wait()
    interrupted = client.speak(" ".join(SENTENCES))
    while len(interrupted.marks) < 5:
        client.receive()
    interrupted.cancel()
    return len(SENTENCES) + len(queued) + 2
