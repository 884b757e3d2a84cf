"""``svctl bench load`` and ``bench capacity`` with daemons of their own. No time and no prediction is asserted."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from support.bench import left_behind, start
from support.daemon import eventually, user_env

from steadyvoice.client.svctl.bench import capacity
from steadyvoice.client.svctl.bench.kept.contract import missing


@pytest.fixture
def environment(tmp_path: Path, cache: Path) -> dict[str, str]:
    """The environment of a separate user with an empty temporary directory."""
    place = tmp_path / "t"
    place.mkdir()
    return user_env(tmp_path, cache, TMPDIR=str(place))


@pytest.mark.long
def test_capacity_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    bench = start(environment, "capacity", "--seconds", "3", "--characters", "20", "--json", "--save")
    out, errors = bench.communicate()
    result: dict[str, Any] = json.loads(out)
    assert errors == f"svctl: saved as {result['saved']}\n"
    assert bench.returncode == capacity.status(result)
    assert left_behind(environment) == []
    assert missing(result) == []
    assert result["predicted"]["streams"] > 0
    assert set(result["costs"]["stages"]) == set(result["predicted"]["busy"]) == {"generator", "vocoder", "converter"}
    assert result["steps"]
    assert [each["lookahead_s"] for each in result["lookahead"]] == [0.5, 1, 2, 4]
    shown = capacity.text(result)
    assert "streams without an underrun" in shown
    assert "the limit is the" in shown


@pytest.mark.long
@pytest.mark.parametrize("to", ["native", "http", "websocket"])
def test_load_has_a_daemon_of_its_own_and_leaves_nothing(environment: dict[str, str], to: str) -> None:
    bench = start(environment, "load", "--to", to, "--seconds", "3", "--characters", "20", "--json")
    out, errors = bench.communicate()
    assert (bench.returncode, errors) == (0, "")
    assert left_behind(environment) == []
    result = json.loads(out)
    assert missing(result) == []
    assert result["done"] > 0
    assert result["work"]["busy"]["generator"] > 0


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_interrupted_it_leaves_nothing(environment: dict[str, str], number: signal.Signals) -> None:
    bench = start(environment, "load", "--to", "http", "--seconds", "100")
    eventually(lambda: list(Path(environment["TMPDIR"]).glob("*/http.log")) or bench.poll() is not None)
    bench.send_signal(number)
    out, errors = bench.communicate()
    assert (bench.returncode, out, errors) == (130, "", "")
    assert left_behind(environment) == []
