"""Metrics of a real daemon: each way to get them, as docs/metrics.md prints it, and what a real Prometheus makes of
them. The daemon has spoken, was cancelled, was full, has refused something and has lost a stage."""

import asyncio
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, configured, eventually
from support.http import Http
from support.prometheus import Prometheus, free_port, needs_prometheus, prometheus

from steadyvoice.client import AsyncClient
from steadyvoice.client.errors import RequestRefused
from steadyvoice.daemon.metrics.names import NAMES
from steadyvoice.ipc import exposition
from steadyvoice.ipc.metric_families import MetricFamily, MetricSample

DOC = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", DOC, re.M | re.S)
TABLE = re.findall(r"^\| `(\w+)` \| (\w+) \|(.*?)\| (.*) \|$", DOC, re.M)
PORT = "9464"
FILE = "/var/lib/prometheus/node-exporter/steadyvoice.prom"
LONG = "The old keeper climbs the stairs every evening to light the lamp. " * 3


def of_doc(kind: str, port: int, folder: Path) -> list[str]:
    """The blocks of this kind, with another port and another file: these may be in use here."""
    found = [text for each, text in BLOCKS if each == kind]
    return [text.replace(PORT, str(port)).replace(FILE, str(folder / Path(FILE).name)) for text in found]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def daemon(place: Path, port: int, cache: Path) -> Iterator[Daemon]:
    [settings] = of_doc("toml", port, place)
    own = f'audio.device = "null"\nlimits.streams = 2\n{settings}'
    with configured(place, cache, own) as daemon:
        use(daemon)
        yield daemon
    assert not (place / "steadyvoice.prom").exists()
    assert not (daemon.socket.parent / "metrics.sock").exists()


def use(daemon: Daemon) -> None:
    with daemon.client() as client:
        client.speak("Hello there.").wait()
        for _ in client.stream("Hello there."):
            pass
        heard = client.speak(LONG)
        next(event for event in heard.events() if type(event).__name__ == "Mark")
        heard.cancel()
        with pytest.raises(RequestRefused):
            client.speak("Hello.", voice="nobody")
        for each in [client.stream(LONG) for _ in range(3)]:
            each.cancel()
        os.kill(daemon.pids()["vocoder"], signal.SIGKILL)
        eventually(lambda: value(client.metrics(), "stage_recovery_seconds"))
        for _ in client.stream("Hello there."):
            pass


def samples(families: list[MetricFamily], name: str, **labels: str) -> list[MetricSample]:
    """Of the family without its prefix, those with these labels."""
    found = next(each for each in families if each.name == f"steadyvoice_{name}")
    return [sample for sample in found.samples if labels.items() <= sample.labels.items()]


def value(families: list[MetricFamily], name: str, **labels: str) -> float:
    """Sum of the values of these series; of a histogram the number of observations."""
    return sum(sum(each.buckets) if each.buckets else each.value for each in samples(families, name, **labels))


def test_what_has_happened_is_counted(daemon: Daemon) -> None:
    with daemon.client() as client:
        found = client.metrics()
    assert [each.name for each in found] == [f"steadyvoice_{each.name}" for each in NAMES]
    assert value(found, "utterances_total", reason="done") == 3
    assert value(found, "utterances_total", reason="cancelled") == 4
    assert value(found, "first_audio_seconds", sink="device") == value(found, "queue_seconds", sink="device") == 2
    assert 2 <= value(found, "first_audio_seconds", sink="pcm") <= 5
    assert value(found, "queue_seconds", sink="pcm") == 4 + (value(found, "streams_at_limit_total") != 1)
    assert value(found, "streams_limit") == 2
    assert value(found, "cancel_seconds", until="silent") == value(found, "cancel_seconds", until="heard") == 1
    silent, heard = samples(found, "cancel_seconds")
    assert heard.value > silent.value > 0
    assert value(found, "refused_total") == value(found, "refused_total", code="unknown_voice") == 1
    assert value(found, "stage_restarts_total") == 1
    assert value(found, "stage_restarts_total", stage="vocoder hibari", cause="killed") == 1
    assert value(found, "stage_recovery_seconds") == 1
    assert value(found, "heard_chars_total") > 3 * len("Hello there.")
    assert value(found, "models_resident", engine="hibari") == value(found, "model_load_seconds") == 1
    assert value(found, "ready") == 1
    for stage in ("generator hibari", "vocoder hibari", "converter", "output"):
        assert value(found, "stage_block_seconds", stage=stage) > 0
        busy = value(found, "stage_busy_seconds_total", stage=stage)
        assert busy == pytest.approx(samples(found, "stage_block_seconds", stage=stage)[0].value, rel=0.05)
        assert value(found, "stage_memory_bytes", stage=stage, kind="pss") > 1 << 20
    for stage in ("vocoder hibari", "converter"):
        assert value(found, "hop_seconds", stage=stage) > 0
    assert value(found, "jitter_seconds", sink="device") > 0
    assert value(found, "ahead_seconds", sink="device") > 0
    assert value(found, "ahead_seconds", sink="pcm") > 0
    assert value(found, "speech_seconds_total", engine="hibari") > 4 * 0.5
    assert value(found, "ring_slots", ring="generator hibari to vocoder hibari") == 16
    assert value(found, "ring_slots", ring="converter to output 1") == 1024


def test_both_clients_and_the_command_show_the_same(daemon: Daemon) -> None:
    async def ask() -> list[MetricFamily]:
        async with AsyncClient(daemon.socket) as client:
            return await client.metrics()

    def constant(families: list[MetricFamily]) -> list[MetricFamily]:
        """Those of utterances: of stages, busy seconds go on."""
        return [each for each in families if "utterance" in each.name or "first" in each.name]

    with daemon.client() as client:
        found = client.metrics()
    assert constant(asyncio.run(ask())) == constant(found)
    text = daemon.svctl("metrics").stdout
    assert (
        exposition.text(constant(found)).splitlines()[2:40]
        == [line for line in text.splitlines() if line.startswith("steadyvoice_first_audio")][:38]
    )
    assert daemon.svctl("metrics", "--json").stdout.startswith('[{"name":"steadyvoice_first_audio_seconds"')


@pytest.mark.parametrize("number", range(sum(kind == "sh" for kind, _ in BLOCKS)))
def test_command_of_the_document(daemon: Daemon, place: Path, port: int, number: int) -> None:
    env = daemon.env | {"PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])}
    for line in of_doc("sh", port, place)[number].splitlines():
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line], env=env, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert "steadyvoice_underruns_total{" in done.stdout


def test_the_file_is_for_all_and_the_socket_for_this_user(daemon: Daemon, place: Path) -> None:
    file = place / "steadyvoice.prom"
    assert file.stat().st_mode & 0o777 == 0o644
    assert "steadyvoice_build_info{" in file.read_text()
    assert (daemon.socket.parent / "metrics.sock").stat().st_mode & 0o777 == 0o600


def test_a_web_page_reads_nothing(daemon: Daemon, port: int) -> None:
    with socket.create_connection(
        ("127.0.0.1", port)
    ):  # one that sends nothing is waited for, and others come after it
        assert Http(port).ask("GET", "/metrics", Host="page.example").status == 403
    assert Http(port).ask("POST", "/metrics").status == 405


def test_a_reload_closes_and_opens(daemon: Daemon, place: Path, port: int) -> None:
    [settings] = of_doc("toml", port, place)
    file, path = Path(daemon.args[1]), daemon.socket.parent / "metrics.sock"
    before = file.read_text()
    file.write_text(before.replace(settings, ""))
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: not path.exists() and not (place / "steadyvoice.prom").exists())
    with pytest.raises(OSError, match="refused"):
        Http(port)
    file.write_text(before)
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: path.exists() and (place / "steadyvoice.prom").exists())
    assert Http(port).ask("GET", "/metrics").status == 200


@needs_prometheus
def test_promtool_finds_no_fault(daemon: Daemon) -> None:
    text = daemon.svctl("metrics").stdout
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_document_has_the_table_of_the_code() -> None:
    wanted = [(each.name, each.kind, list(each.labels), each.help) for each in NAMES]
    assert [(name, kind, re.findall(r"`(\w+)`", labels), text) for name, kind, labels, text in TABLE] == wanted


@pytest.fixture(scope="module")
def scraped(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    [configuration] = of_doc("yaml", port, folder)
    with prometheus(folder, configuration) as made:
        yield made


@needs_prometheus
def test_prometheus_has_what_the_document_says(scraped: Prometheus) -> None:
    about = scraped.ask("metadata")
    ours = {name: each[0] for name, each in about.items() if name.startswith("steadyvoice_")}
    assert {name: (each["type"], each["help"]) for name, each in ours.items()} == {
        f"steadyvoice_{name}": (kind, text) for name, kind, _, text in TABLE
    }
    for name, kind, labels, _ in TABLE:
        series = f"steadyvoice_{name}" + ("_bucket" if kind == "histogram" else "")
        of_prometheus = {"__name__", "instance", "job"} | ({"le"} if kind == "histogram" else set())
        found = {frozenset(each) - of_prometheus for each in scraped.ask("series", **{"match[]": series})}
        assert found == {frozenset(re.findall(r"`(\w+)`", labels))}, name


@needs_prometheus
def test_the_expressions_of_the_document_have_values(daemon: Daemon, scraped: Prometheus) -> None:
    expressions = [text for kind, text in BLOCKS if kind == "promql"]
    with daemon.client() as client:
        for _ in client.stream("Hello there."):
            pass
    wanted = [each for each in expressions if "> 0" not in each]  # that one has a value where something is wrong

    def values() -> bool:
        return all(
            found
            and all(one["value"][1] not in ("NaN", "+Inf") for one in found if one["metric"].get("sink") != "device")
            for found in map(scraped.query, wanted)
        )

    eventually(values)
    assert len(wanted) >= 5
