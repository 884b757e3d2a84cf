"""``svctl trace`` with a real daemon: streams, the sound device, the last minute, and what was kept after a fault."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from support.daemon import BIN, Daemon, configured, eventually
from support.svctl import LIGHT
from support.traces import Collector

from steadyvoice.client import RequestRefused
from steadyvoice.ipc.traces import Trace

TEXT = " ".join(["4/2/10"] * 6)
"""0.6 s of speech, in six blocks of the generator."""
SLOW = "0/0/10 5/700/20 0/0/10"
"""The vocoder is late for its second block."""
CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as made:
        yield made


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, collector: Collector) -> Iterator[Daemon]:
    configuration = f'lookahead_s = 0.5\n{LIGHT}trace.otlp = "{collector.url}"\n'
    with configured(tmp_path_factory.mktemp("user"), cache, configuration) as daemon:
        yield daemon


def run(daemon: Daemon, *words: str | Path, status: int = 0, **more: Any) -> str:
    done = daemon.svctl("trace", *words, **more)
    assert done.returncode == status, done.stderr
    return str(done.stdout if status == 0 else done.stderr)


def traced(daemon: Daemon, *words: str, **more: Any) -> tuple[dict[str, Any], Trace]:
    found = json.loads(run(daemon, *words, "--json", **more))
    return found, msgspec.convert(found["trace"], Trace)


def test_a_text_is_spoken_and_shown(daemon: Daemon) -> None:
    shown = run(daemon, *TEXT.split())
    assert shown.startswith("utterance ")
    assert all(f"\n{name}" in shown for name in ("generator", "vocoder", "converter", "client"))
    assert "any stage at work" in shown


def test_of_a_stream_all_blocks_are_known(daemon: Daemon) -> None:
    found, trace = traced(daemon, TEXT)
    [utterance] = trace.utterances
    assert (utterance.sink, utterance.blocks, utterance.reason) == ("pcm", "all", "done")
    assert utterance.stages == ["generator", "vocoder", "converter", "client"]
    assert sum(block.samples for block in trace.blocks) == 6 * 10 * 240
    assert utterance.received <= utterance.admitted <= trace.blocks[0].times[0] <= utterance.first_audio
    for block in trace.blocks:
        assert block.times == sorted(block.times), "each stage begins when the one before has finished"
    generator = found["stages"][0]
    assert (generator["name"], generator["spans"]) == ("generator", 6)
    assert generator["busy"] >= 6 * 4000
    assert found["any_us"] >= found["two_us"] > 0


def test_of_a_stream_of_another_client_the_ends_are_known(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TEXT, traceparent=CONTEXT)
        assert sum(map(len, stream)) == 6 * 10 * 240
        trace = client.trace(stream.id)
    [utterance] = trace.utterances
    assert (utterance.blocks, len(trace.blocks), utterance.traceparent) == ("ends", 2, CONTEXT)
    assert "only the first and the last block" in run(daemon, "--id", str(stream.id))


def test_a_collector_gets_the_part_of_a_callers_trace(daemon: Daemon, collector: Collector) -> None:
    _, trace, span, _ = CONTEXT.split("-")
    with daemon.client() as client:
        client.speak("0/0/5", traceparent=f"{CONTEXT[:-2]}00").wait()  # which the caller does not record
        client.speak("0/0/5", traceparent=CONTEXT).wait()

    def found() -> list[list[dict[str, Any]]]:
        return [spans for spans in collector.traces if spans[0]["traceId"] == trace]

    eventually(lambda: [spans for spans in found() if spans[-1]["name"] == "output"])
    [spans] = [spans for spans in found() if spans[-1]["name"] == "output"]
    assert spans[0]["parentSpanId"] == span
    names = ["utterance", "queue", "generator", "vocoder", "converter", "output"]
    assert [each["name"] for each in spans] == names
    assert spans[-1]["events"], "the blocks that the output has recorded"
    assert daemon.status()["traces"]["dropped"] == 0


def test_what_the_sound_device_played(daemon: Daemon, tmp_path: Path) -> None:
    found, trace = traced(daemon, "--device", TEXT)
    [utterance] = trace.utterances
    assert utterance.stages[-1] == "output"
    assert (utterance.sink, utterance.blocks, utterance.gaps) == ("device", "all", [])
    assert sum(block.samples for block in trace.blocks) == 6 * 10 * 480
    for block in trace.blocks:
        assert block.times == sorted(block.times)
        assert block.heard >= block.times[-2]
    assert [stage["name"] for stage in found["stages"]] == utterance.stages
    for number in (["--id", str(utterance.id)], ["--last"], []):
        assert traced(daemon, *number)[1].utterances == trace.utterances
    ElementTree.parse(written(daemon, tmp_path / "x.svg"))
    assert written(daemon, tmp_path / "x.html").read_text().startswith("<!doctype html>")
    events = json.loads(written(daemon, tmp_path / "x.json").read_text())["traceEvents"]
    spans = json.loads(written(daemon, tmp_path / "x.otlp.json").read_text())["resourceSpans"]
    assert len([event for event in events if event["ph"] == "X"]) > len(trace.blocks)
    assert len(spans[0]["scopeSpans"][0]["spans"]) == 2 + len(utterance.stages)


def written(daemon: Daemon, file: Path) -> Path:
    assert run(daemon, "--last", "-o", file) == ""
    return file


def test_the_last_minute_has_all_utterances(daemon: Daemon) -> None:
    with daemon.client() as client:
        numbers = [client.speak("0/0/5").wait().id for _ in range(2)]
    _, trace = traced(daemon, "--last", "60s")
    assert numbers == [each.id for each in trace.utterances][-2:]
    assert {block.utterance for block in trace.blocks} >= set(numbers)
    assert "utterance" in run(daemon, "--last", "60s")


def test_a_text_that_is_being_written(daemon: Daemon) -> None:
    command: list[str | Path] = [BIN / "svctl", "--no-autostart", "trace", "-", "--json"]
    process = subprocess.Popen(command, env=daemon.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    with daemon.client() as client:
        process.stdin.write(b"0/0/5. ")
        process.stdin.flush()
        eventually(lambda: client.status()["utterances"]["active"])
        done, _ = process.communicate(b"0/0/5.")
    trace = msgspec.convert(json.loads(done)["trace"], Trace)
    assert len(trace.utterances[0].texts) == 2
    assert trace.utterances[0].chars == 13


def test_live_sound_is_recorded_too(daemon: Daemon) -> None:
    with daemon.client() as client:
        session = client.live("tone")
        eventually(lambda: len(client.trace(session.id).blocks) > 3)
        trace = client.trace(session.id)
        session.cancel()
    [live] = trace.utterances
    assert (live.kind, live.stages, live.blocks) == ("live", ["input", "converter live", "output"], "some")
    assert all(block.times[:5] == sorted(block.times[:5]) for block in trace.blocks)
    assert "one block in four is recorded" in run(daemon, "--id", str(live.id))


def test_an_underrun_and_a_death_are_kept(daemon: Daemon) -> None:
    """The second follows too soon after the first: its file would have nearly the same content."""
    folder = Path(daemon.env["HOME"], ".local/state/steadyvoice/traces")
    before = daemon.status()["traces"]["kept"]
    with daemon.client() as client:
        finished = client.speak(SLOW).wait()
    assert finished.underruns == 1
    [gap] = traced(daemon, "--last")[1].utterances[0].gaps
    assert gap.stage == "vocoder"
    assert (gap.until - gap.since) / 1000 == pytest.approx(finished.late["vocoder"], abs=1)
    os.kill(daemon.pids()["output"], signal.SIGKILL)
    eventually(lambda: daemon.status()["traces"]["kept"] == before + 1)
    last = daemon.status()["traces"]["last"]
    assert Path(last).parent == folder
    shown = run(daemon, "-f", last)
    assert shown.startswith(f"kept because: underrun in {finished.id}: stage vocoder was late\n")
    assert "stage vocoder was late" in shown.partition("\n")[2]
    assert f"svctl trace -f {last}" in daemon.log
    _, trace = traced(daemon, "-f", last)
    assert trace.utterances[-1].id == finished.id
    eventually(lambda: daemon.status()["ready"])


def test_the_output_dies_and_its_blocks_are_still_there(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(" ".join(["0/0/20"] * 8))
        eventually(lambda: len(client.trace(utterance.id).blocks) > 20)
        before = daemon.pids()["output"]
        os.kill(before, signal.SIGKILL)
        assert utterance.wait().reason == "done"
        trace = client.trace(utterance.id)
    assert daemon.pids()["output"] != before
    assert sum(block.samples for block in trace.blocks) >= 8 * 20 * 480
    assert trace.utterances[0].blocks == "all"
    assert {event.what for event in trace.events} <= {"opened", "lost"}


def test_refusals(daemon: Daemon, tmp_path: Path) -> None:
    assert "nothing is known of utterance 999" in run(daemon, "--id", "999", status=1)
    assert "no duration" in run(daemon, "--last", "soon", status=2)
    assert "give one of" in run(daemon, "--id", "1", "--last", status=2)
    assert "are for TEXT" in run(daemon, "--device", status=2)
    assert "is written as .svg" in run(daemon, "-o", tmp_path / "x.png", status=1)
    (tmp_path / "x.svg").touch()
    assert "--force replaces it" in run(daemon, "-o", tmp_path / "x.svg", status=1)
    assert "is no trace that svd has kept" in run(daemon, "-f", tmp_path / "x.svg", status=1)
    assert "cannot read" in run(daemon, "-f", tmp_path / "nothing", status=1)
    with daemon.client() as client, pytest.raises(RequestRefused, match="traceparent 'x' is not") as refused:
        client.speak("0/0/5", traceparent="x")
    assert refused.value.code == "bad_message"
