"""``svctl bench``: results have the documented keys, and nothing is left behind. No time is asserted."""

import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support import staged
from support.bench import left_behind, measured, numbers, processes, start
from support.daemon import user_env

from steadyvoice.client.svctl.bench import pipeline, ring, streams

TINY_RVC = Path(__file__).parents[1] / "fixtures" / "rvc_tiny.pth"


@pytest.fixture
def environment(tmp_path: Path, cache: Path) -> dict[str, str]:
    """The environment of a separate user with an empty temporary directory."""
    place = tmp_path / "t"
    place.mkdir()
    return user_env(tmp_path, cache, TMPDIR=str(place))


@pytest.mark.parametrize(
    ("arguments", "what"),
    [([], "hibari.Hibari()(text)"), pytest.param(["--voice", "heart"], "the models of heart", marks=pytest.mark.long)],
)
def test_first_audio_has_every_key_and_leaves_nothing(
    environment: dict[str, str], arguments: list[str], what: str
) -> None:
    result = measured(environment, "first-audio", "ms", 3, "--cold", "1", *arguments)
    assert result["reference"]["what"].startswith(what)
    assert set(result["cold_ms"]) == {"p50", "p95", "n"}
    assert len(result["long"]["text"]) == 100
    for one in (result["short"], result["long"]):
        assert {"p50", "p95", "p99", "max", "reference", "over_reference_ms", "stages", "segments"} <= set(one)
        assert set(one["front_end"]) == {"p50", "p95"}
        assert {"generator.first", "vocoder.first", "converter.first"} <= set(one["stages"])
        assert one["p50"] <= one["p95"] <= one["p99"] <= one["max"]
    for one in (result, result["short"], result["long"]):
        assert isinstance(one.pop("over_reference_ms", 0.0), (int, float))  # negative if the daemon is faster
    assert result["p50"] == result["short"]["p50"]
    assert all(number > 0 for number in numbers(result))


@pytest.mark.realtime
def test_command_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    """With a private sound server and a private speech-dispatcher."""
    result = measured(environment, "command", "ms", 1)
    for name in ("exec_to_audible", "stop_to_silence", "spd_say", "spd_say_stop"):
        assert set(result[name]) == {"p50", "p95", "p99", "max"}
    assert set(result["cpu"]) == {"svctl", "python", "ratio"}
    assert result["p50"] == result["exec_to_audible"]["p50"]
    assert result["reference"]["p50"] == result["spd_say"]["p50"]
    assert all(number > 0 for number in numbers(result))


@pytest.mark.long
def test_ring_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    result = measured(environment, "ring", "µs", 1)
    assert set(result["blocks"]) == {"2048", "65536"}
    for ways in result["blocks"].values():
        assert set(ways) == {"ring", "pipe", "queue", "raw"}
        assert all(set(way) == {"p50", "p95", "p99", "max", "ratio"} for way in ways.values())
    largest = result["blocks"]["65536"]
    assert (result["p50"], result["reference"]["p50"]) == (largest["ring"]["p50"], largest["raw"]["p50"])
    assert any(line.split()[:1] == ["65536"] for line in ring.text(result).splitlines())
    assert all(number > 0 for number in numbers(result))


def test_text_output_is_a_table(environment: dict[str, str]) -> None:
    bench = start(environment, "overlap", "--rounds", "1")
    out, errors = bench.communicate()
    assert (bench.returncode, errors) == (0, "")
    assert any(line.split()[:1] == ["pipelined"] for line in out.splitlines())


def test_hop_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    result = measured(environment, "hop", "µs", 20)
    assert set(result["conditions"]) == {"auto_idle", "auto_load", "off_idle", "off_load"}
    for hops in result["conditions"].values():
        assert set(hops) == {"generator_vocoder", "vocoder_converter"}
        assert all({"n", "p50", "p95", "p99", "max", "reference", "ratio"} <= set(hop) for hop in hops.values())
    assert result["p50"] == result["conditions"]["auto_load"]["vocoder_converter"]["p50"]
    assert set(result["machine"]["policy"]) == {"generator", "vocoder", "converter", "output"}
    assert all(number > 0 for number in numbers(result))


def test_overlap_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    result = measured(environment, "overlap", "ms", 3)
    assert {"sequential_ratio", "bound_ms", "elapsed_ms", "sequential_ms", "hidden", "generator_idle_ms"} <= set(result)
    assert {"generator_ms", "vocoder_ms", "both_ms"} <= set(result)
    assert result["bound_ms"] == 3 * 400
    assert 0 < result["ratio"] <= 1
    assert all(number > 0 for number in numbers(result))


def monotonous(file: Path) -> None:
    """Change the voice so that all tokens are equally likely: it holds one sound, which is cut after a second."""
    from safetensors.torch import load_file, save_file

    weights = load_file(file)
    weights["model.embed_tokens.weight"][:] = weights["model.embed_tokens.weight"][0].clone()
    file.unlink()
    save_file(weights, file)


@pytest.mark.long
def test_pipeline_has_every_key_and_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    """With a small voice; without a name the benchmark would create full-size ones."""
    from steadyvoice.workers.converters.rvc import checkpoint
    from steadyvoice.workers.engines.soprano import random_checkpoint

    data = tmp_path / "data"
    small = replace(random_checkpoint.CONFIG, layers=2, ffn=256)
    random_checkpoint.make_random(data / "voices" / "small", config=small)
    monotonous(data / "voices" / "small" / "model.safetensors")
    (data / "converters" / "small").mkdir(parents=True)
    shutil.copy(TINY_RVC, data / "converters" / "small" / "model.pth")
    (data / "models" / "contentvec").mkdir(parents=True)
    checkpoint.make_random_content(data / "models" / "contentvec" / "model.safetensors")
    names = ("--voice", "small", "--converter", "small", "--sentences", "1")
    result = measured(environment | {"STEADYVOICE_DATA": str(data)}, "pipeline", "ms", 1, *names)
    assert set(result["stages"]) == {"generator", "vocoder", "converter"}
    assert all(set(one) == {"alone_ms", "busy_ms", "share", "cpus"} for one in result["stages"].values())
    assert set(result["first_audio"]) == {"boot_ms", "first_ms", "warm", "penalty", "parts", "alone_ms"}
    assert set(result["sink"]) == {"underruns", "late", "silence_ms"}
    assert {"ratios", "flowing_ratio", "elapsed_ms", "sound_s"} <= set(result)
    assert {"sequential_ratio", "bound_ms", "sequential_ms"} <= set(result)
    assert {"realtime_factor", "sequential_realtime_factor", "threaded_realtime_factor"} <= set(result)
    for name in ("stages", "first_audio"):
        assert all(number > 0 for number in numbers(result[name]))


def test_pipeline_of_a_line_of_three_stages(environment: dict[str, str], tmp_path: Path) -> None:
    environment |= staged.install(tmp_path)
    result = measured(environment, "pipeline", "ms", 1, "--engine", "staged", "--sentences", "9")
    assert set(result["stages"]) == {"generator", "flow", "vocoder"}
    assert set(result["first_audio"]["parts"]) == {"generator", "flow", "vocoder", "converter", "rings", "sockets"}
    assert all(one["busy_ms"] > 0 and one["share"] >= 0 for one in result["stages"].values())
    assert result["cores_bound_ms"] >= result["bound_ms"] > 0
    assert "the busiest stage worked for" in pipeline.text(result)


@pytest.mark.long
def test_streams_has_every_key_and_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    from steadyvoice.workers.engines.soprano import random_checkpoint

    data = tmp_path / "data"
    random_checkpoint.make_random(data / "voices" / "small", config=replace(random_checkpoint.CONFIG, layers=2))
    names = ("--voice", "small", "--most", "3")
    result = measured(environment | {"STEADYVOICE_DATA": str(data)}, "streams", "ms", 1, *names)
    assert set(result["counts"]) == {"1", "2", "3"}
    for one in result["counts"].values():
        assert set(one) == {"ms", "first_ms", "cpu_ms"}
        assert set(one["cpu_ms"]) == {"generator", "vocoder"}
        assert one["ms"]["p50"] > 0
    assert result["p50"] == result["counts"]["3"]["ms"]["p50"]
    assert streams.text(result).splitlines()[-1].split()[0] == "3"


class Whole(BaseHTTPRequestHandler):
    """A server that answers when all is computed, with the length of the audio."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        audio = bytes(2 * len(asked["input"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(audio)))
        self.end_headers()
        self.wfile.write(audio)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def whole_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Whole) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.long
def test_gateways_has_every_key_and_leaves_nothing(environment: dict[str, str], whole_server: str) -> None:
    result = measured(environment, "gateways", "ms", 2, "--http-peer", whole_server)
    ours = ["native", "http", "http mp3", "wyoming", "played", "speechd", "speechd key"]
    assert list(result["gateways"]) == [*ours, "http peer", "http long", "http peer long"]
    assert all(set(each) == {"p50", "p95", "p99", "max"} for each in result["gateways"].values())
    assert min(numbers(result["gateways"])) > 0


@pytest.mark.long
def test_writer_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    result = measured(environment, "writer", "ms", 1)
    assert set(result["marks"]) == {"p50", "p95", "p99", "max"}
    assert result["earliest_mark"] <= result["marks"]["p50"]
    assert result["underruns"] >= 0
    assert result["p50"] > 0


FIRST_AUDIO = ("first-audio", "--rounds", "100000")


@pytest.mark.parametrize(
    ("number", "arguments", "witness"),
    [
        (signal.SIGINT, FIRST_AUDIO, "bare.log"),  # by now the daemon is running, and the reference starts
        (signal.SIGTERM, FIRST_AUDIO, "bare.log"),
        (signal.SIGTERM, ("ring", "--rounds", "100000"), ""),
        (signal.SIGINT, ("hop", "--rounds", "30"), "load.log"),  # the daemon and the busy loops
    ],
)
def test_an_interrupted_benchmark_leaves_nothing(
    environment: dict[str, str], number: signal.Signals, arguments: tuple[str, ...], witness: str
) -> None:
    bench = start(environment, *arguments)
    while len(processes(environment)) < 2 or not list(Path(environment["TMPDIR"]).glob(f"*/{witness}")):
        assert bench.poll() is None, bench.communicate()
        time.sleep(0.01)
    bench.send_signal(number)
    out, errors = bench.communicate()
    assert (bench.returncode, out, errors) == (130, "", "")
    assert left_behind(environment) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["first-audio", "gateways"])
def test_a_voice_that_is_not_installed_is_refused(environment: dict[str, str], name: str) -> None:
    errors = refused(environment, name, "--voice", 'a "voice"')
    assert errors == "svctl: there is no voice 'a \"voice\"' here; see svctl voices\n"


def test_a_daemon_that_cannot_start_is_reported(environment: dict[str, str]) -> None:
    environment["TMPDIR"] += "/" + "x" * 100
    Path(environment["TMPDIR"]).mkdir()
    errors = refused(environment, "first-audio")
    assert errors.startswith("svctl: the benchmark's daemon does not answer: ")
    assert errors.count("\n") == 1


def refused(environment: dict[str, str], *words: str) -> str:
    bench = start(environment, *words, "--rounds", "1")
    out, errors = bench.communicate()
    assert (bench.returncode, out) == (1, "")
    assert left_behind(environment) == []
    return errors
