"""Models that come and go: loaded by the first utterance, unloaded with their processes; other speech goes on."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import plugins
from support.daemon import Daemon, alive, configured, eventually

from steadyvoice.client import RequestRefused
from steadyvoice.ipc import messages as m

SLOW = """
import time
from pathlib import Path
def warmup(self):
    while Path({gate!r}).exists():
        time.sleep(0.01)
Plugin.warmup = warmup
"""


@contextmanager
def daemon_with(place: Path, cache: Path, models: str = "", more: str = "") -> Iterator[Daemon]:
    """Engines first, second and gated, of which the last loads while there is a file ``gate``; a family ``robots``."""
    for name in ("second", "third"):
        plugins.install(place, "engines", name)
    plugins.install(place, "engines", "gated", SLOW.format(gate=str(place / "gate")))
    plugins.install(place, "converters", "robots")
    settings = f"""
engines = ["hibari", "second", "third", "gated"]
converters = ["shift", "robots"]
audio.device = "null"
{more}
[models]
{models}
"""
    with configured(place, cache, settings, PYTHONPATH=str(place)) as daemon:
        yield daemon


def state_of(daemon: Daemon, name: str) -> str:
    with daemon.client() as client:
        return next(each.state for each in client.models() if each.name == name)


def pids_of(daemon: Daemon, of: str) -> list[int]:
    return [each["pid"] for each in daemon.status()["stages"] if of in (each["engine"], each["family"])]


def samples(daemon: Daemon, text: str = "one two", **how: Any) -> int:
    with daemon.client() as client:
        return sum(map(len, client.stream(text, **how)))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with daemon_with(tmp_path_factory.mktemp("models"), cache) as daemon:
        yield daemon


def test_at_the_start_only_the_configured_voice_is_there(daemon: Daemon) -> None:
    assert [each["name"] for each in daemon.status()["stages"]] == ["generator", "vocoder", "converter", "output"]
    with daemon.client() as client:
        models = {each.name: each for each in client.models()}
        assert {voice.name for voice in client.voices()} >= {"heart", "second", "third", "gated"}
    assert list(models) == ["hibari", "second", "third", "gated", "robots"]
    assert models["hibari"].pinned
    assert models["hibari"].bytes > 1 << 20
    assert {name for name, each in models.items() if each.state == "cold"} >= {"third"}


def test_the_first_utterance_loads_and_unloading_ends_the_processes(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream("one two three", voice="second")
        assert sum(map(len, stream)) == 3 * 2400
        kinds = [type(event) for event in stream.events()]
    assert m.Loading in kinds
    pids = pids_of(daemon, "second")
    assert len(pids) == 2
    assert state_of(daemon, "second") == "resident"
    done = daemon.svctl("models", "unload", "second", "--json")
    assert {each["name"]: each["state"] for each in json.loads(done.stdout)}["second"] == "cold"
    assert not any(map(alive, pids))
    assert pids_of(daemon, "second") == []
    assert samples(daemon, voice="second") == 2 * 2400, "it is loaded once more"


def test_a_converter_that_runs_models_has_a_process_of_its_own(daemon: Daemon) -> None:
    plain = samples(daemon, "Hello there.")
    assert samples(daemon, "Hello there.", converter="robots") == plain
    assert samples(daemon, "one two", voice="third", converter="robots") == 4800
    [pid] = pids_of(daemon, "robots")
    with daemon.client() as client:
        client.speak("Hello there.", converter="robots").wait()
        timings = client.speak("Hello there.", converter="robots").wait().timings
    assert {"generator.first", "vocoder.first", "converter robots.first", "converter.first", "output.last"} <= set(
        timings
    )
    os.kill(pid, signal.SIGKILL)
    assert samples(daemon, "Hello there.", converter="robots") == plain


def test_a_line_killed_while_it_speaks_is_not_heard_on_another(daemon: Daemon) -> None:
    text = "Nobody in the village knows when it was built. " * 4
    undisturbed = samples(daemon, text)
    words = "hum " * 400
    with daemon.client() as client:
        stream = client.stream(words, voice="third")
        blocks = iter(stream)
        heard = len(next(blocks))
        other: list[int] = []
        thread = threading.Thread(target=lambda: other.append(samples(daemon, text)))
        thread.start()
        for pid in pids_of(daemon, "third"):
            os.kill(pid, signal.SIGKILL)
        heard += sum(map(len, blocks))
        thread.join()
    assert heard == 400 * 2400
    assert other == [undisturbed]


def test_a_stage_that_was_replaced_keeps_no_descriptor_of_an_unloaded_model(daemon: Daemon) -> None:
    def replaced() -> int:
        os.kill(before := daemon.pids()["converter"], signal.SIGKILL)
        eventually(lambda: daemon.pids()["converter"] not in (0, before))
        assert samples(daemon, "Hello there.") > 12000
        return descriptors()

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{daemon.pids()['converter']}/fd"))

    for name in ("second", "third", "robots"):
        daemon.svctl("models", "unload", name)
    least = replaced()
    samples(daemon, voice="second")
    assert replaced() > least
    daemon.svctl("models", "unload", "second")
    eventually(lambda: descriptors() == least)


def test_other_speech_goes_on_while_a_model_is_loaded(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache) as daemon, daemon.client() as client:
        gate = tmp_path / "gate"
        gate.touch()
        waiting = client.stream("one two", voice="gated")
        eventually(lambda: state_of(daemon, "gated") == "loading")
        assert samples(daemon, "Hello there.") > 12000
        assert client.speak("Hello there.").wait().reason == "done"
        assert state_of(daemon, "gated") == "loading"
        again = client.stream("one", voice="gated")
        with pytest.raises(RequestRefused, match="in use by 2") as refused:
            unload(daemon, "gated")
        assert refused.value.code == "model_in_use"
        gate.unlink()
        assert sum(map(len, waiting)) == 4800
        assert sum(map(len, again)) == 2400


def unload(daemon: Daemon, name: str) -> None:
    done = daemon.svctl("models", "unload", name)
    if done.returncode:
        raise RequestRefused("model_in_use", done.stderr)


def test_an_utterance_for_a_cold_model_on_the_device_waits_and_keeps_its_turn(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache) as daemon, daemon.client() as client:
        gate = tmp_path / "gate"
        gate.touch()
        first = client.speak("one two", voice="gated")
        second = client.speak("Hello there.")
        eventually(lambda: state_of(daemon, "gated") == "loading")
        gate.unlink()
        assert second.wait().reason == "done"
        assert first.finished is not None
        assert first.finished.reason == "done"


def test_a_cancelled_load_disturbs_nobody(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache) as daemon, daemon.client() as client:
        (tmp_path / "gate").touch()
        waiting = client.stream("one two", voice="gated")
        eventually(lambda: state_of(daemon, "gated") == "loading")
        waiting.cancel()
        unload(daemon, "gated")
        assert state_of(daemon, "gated") == "cold"
        assert samples(daemon, "Hello there.") > 12000


def test_a_request_to_load_ends_when_another_one_unloads(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache) as daemon:
        (tmp_path / "gate").touch()
        results: list[int] = []
        loading = threading.Thread(target=lambda: results.append(daemon.svctl("models", "load", "gated").returncode))
        loading.start()
        eventually(lambda: state_of(daemon, "gated") == "loading")
        unload(daemon, "gated")
        loading.join()
        assert results == [1]
        assert state_of(daemon, "gated") == "cold"


def test_the_fallback_voice_speaks_until_a_cold_voice_is_there(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache, more='fallback_voice = "heart"') as daemon, daemon.client() as client:
        (tmp_path / "gate").touch()
        first = client.speak("one two", voice="gated").wait()
        assert (first.reason, first.fallback_voice) == ("done", "heart")
        (tmp_path / "gate").unlink()
        eventually(lambda: state_of(daemon, "gated") == "resident")
        assert client.speak("one two", voice="gated").wait().fallback_voice == ""


def test_a_model_is_unloaded_after_its_time(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache, "ttl_s = 0.2\nmin_residency_s = 0") as daemon:
        assert samples(daemon, voice="second") == 4800
        eventually(lambda: state_of(daemon, "second") == "cold")
        assert state_of(daemon, "hibari") == "resident", "pinned: it has the configured voice"
        assert samples(daemon, voice="second") == 4800


def test_the_least_recently_used_model_makes_room(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache, "resident_cap = 3\nmin_residency_s = 0") as daemon:
        for voice in ("second", "third", "second", "gated"):
            assert samples(daemon, voice=voice) == 4800
        assert {name: state_of(daemon, name) for name in ("second", "third", "gated")} == {
            "second": "resident", "third": "cold", "gated": "resident",
        }  # fmt: skip


def test_what_can_never_fit_is_refused_at_once(tmp_path: Path, cache: Path) -> None:
    with daemon_with(tmp_path, cache, "resident_cap = 1") as daemon, daemon.client() as client:
        with pytest.raises(RequestRefused, match="does not fit beside the pinned models") as refused:
            client.stream("one", voice="second")
        assert refused.value.code == "model_too_large"
        assert samples(daemon, "Hello there.") > 12000


def test_an_engine_that_cannot_be_loaded_fails_its_own_utterances_only(tmp_path: Path, cache: Path) -> None:
    plugins.install(
        tmp_path,
        "engines",
        "broken",
        "def generator(self): raise ValueError('no weights')\nPlugin.generator = generator",
    )
    settings = 'engines = ["hibari", "broken"]\naudio.device = "null"\n'
    with configured(tmp_path, cache, settings, PYTHONPATH=str(tmp_path)) as daemon, daemon.client() as client:
        ended = client.speak("one", voice="broken")
        with pytest.raises(Exception, match="no weights"):
            ended.wait()
        assert state_of(daemon, "broken") == "failed"
        with pytest.raises(RequestRefused, match="no weights"):
            client.speak("one", voice="broken")
        assert client.speak("Hello there.").wait().reason == "done"


def test_svctl_models(daemon: Daemon) -> None:
    loaded = daemon.svctl("models", "load", "second")
    assert loaded.returncode == 0, loaded.stderr
    lines = daemon.svctl("models").stdout.splitlines()
    assert lines[0].split()[:2] == ["model", "state"]
    rows = {line.split()[0]: line for line in lines[1:]}
    assert "resident" in rows["second"]
    assert rows["hibari"].rstrip().endswith("yes")
    refused = daemon.svctl("models", "load", "nothing")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "there is no model 'nothing'; there are: hibari, second" in refused.stderr
    assert daemon.svctl("models", "unload", "hibari").returncode == 1
