"""``svctl bench check``: targets, and the keys that other programs rely on."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.saved import MACHINE, saved

from steadyvoice.client.svctl.bench import commands
from steadyvoice.client.svctl.bench.kept.bars import BARS, Bar
from steadyvoice.client.svctl.bench.kept.check import as_json, check, text
from steadyvoice.client.svctl.bench.kept.commands import COMMANDS
from steadyvoice.client.svctl.bench.kept.contract import COMMON, CONTRACTS, missing
from steadyvoice.client.svctl.bench.kept.everything import BENCHMARKS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "benchmarks.md").read_text()
OWN_MODULES = {
    "barge-in by voice": "barge_in_by_voice",
    **{name: f"{name}/__init__" for name in ("soak", "load", "capacity")},
}


def put(result: dict[str, Any], key: str, value: object) -> None:
    *way, last = key.replace("*", "x").split(".")
    for part in way:
        inner = result.get(part)
        result = result.setdefault(part, {}) if not isinstance(inner, dict) else inner
    result.setdefault(last, value)


def complete(name: str) -> dict[str, Any]:
    """A result with all keys of its contract and no other."""
    result: dict[str, Any] = {"name": name, "machine": deepcopy(MACHINE)}
    for key in (*COMMON, *CONTRACTS[name].keys):
        put(result, key, 1.0)
    return result


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_renamed_key_is_missing(name: str) -> None:
    result = complete(name)
    assert missing(result) == []
    for key in (*COMMON, *CONTRACTS[name].keys):
        renamed = deepcopy(result)
        *way, last = key.replace("*", "x").split(".")
        inner = renamed
        for part in way:
            inner = inner[part]
        inner[f"{last}_renamed"] = inner.pop(last)
        assert key in missing(renamed), key


def test_a_null_and_a_zero_are_no_missing_keys() -> None:
    assert missing(complete("live") | {"lost": 0, "ppm": None, "ratio": None}) == []


def test_every_benchmark_has_a_contract_and_belongs_to_the_series() -> None:
    assert BENCHMARKS.keys() == CONTRACTS.keys()
    others = {command.name for command in COMMANDS}
    assert {name.split()[0] for name in CONTRACTS} == commands.bench.commands.keys() - others


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_options_of_the_series_are_those_of_the_benchmark(name: str) -> None:
    command = commands.bench.commands[name.split()[0]]
    command.make_context(name, [word for words in BENCHMARKS[name] for word in words], parent=None)


@pytest.mark.parametrize("name", CONTRACTS)
def test_each_key_is_written_by_the_benchmarks_module(name: str) -> None:
    """Most runs of tests/process are long: a key that is renamed in the code fails here at once."""
    folder = ROOT / "client" / "svctl" / "bench"
    code = (folder / f"{OWN_MODULES.get(name, name.replace('-', '_'))}.py").read_text()
    code += (folder / "statistics.py").read_text() + (folder / "soak" / "report.py").read_text()
    for key in CONTRACTS[name].keys:
        for part in key.split("."):
            assert part in ("*", "p50", "p95") or f'"{part}"' in code or f"{part}=" in code, key


def test_the_document_lists_the_contract() -> None:
    section = DOCUMENT.partition("\n## Keeping and comparing\n")[2].partition("\n## ")[0]
    table = section.partition("| benchmark | keys |")[2]
    rows = re.findall(r"^\| ((?:`[\w-]+`(?: `--by voice`)?(?:, )?)+) \| (.*?) \|$", table, re.M)
    documented = {
        name.replace("` `--by voice", " by voice").strip("`"): tuple(re.findall(r"`([\w.*-]+)`", keys))
        for names, keys in rows
        for name in names.split(", ")
    }
    assert documented == {"all": COMMON} | {name: contract.keys for name, contract in CONTRACTS.items()}


def reaching(bar: Bar, value: float) -> dict[str, Any]:
    """A result in which the bar's figure has this value."""
    alike = dict.fromkeys(("p50", "p95", "p99", "ratio", "underruns", "streams"), value)
    result = complete(bar.benchmark) | alike | dict.fromkeys(("exec_to_audible", "stop_to_silence", "cold_ms"), alike)
    over_bare = {**alike, "p50": value * 10, "reference": {"p50": 10.0}}
    result |= {"short": over_bare, "long": over_bare, "to_sink_silent": alike}
    result |= {"alone": {"p95": 10.0}, "beside": {"both": {"p95": 15 + value}}}
    return result | {"recovery": {"x": alike, "y": {"p95": value / 2}}, "violations": ["x"] * int(value)}


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: f"{bar.benchmark} {bar.figure}")
def test_a_target_is_met_up_to_its_limit(tmp_path: Path, bar: Bar) -> None:
    beyond = bar.limit + (1 if bar.side == "at most" else -1)
    for number, (value, verdict) in enumerate([(bar.limit, "met"), (beyond, "not met")]):
        run = saved(tmp_path / str(number), bar.benchmark, {})
        run.kept = reaching(bar, value)
        found = check([run])
        assert next(each.verdict for each in found.checks if each.bar == bar) == verdict
        assert verdict == "met" or not found.passed


def test_a_figure_of_real_time_is_not_judged_without_it(tmp_path: Path) -> None:
    run = saved(tmp_path, "hop", {})
    run.kept = complete("hop") | {"p50": 500.0, "p99": 900.0}
    run.kept["machine"]["policy"] = {"generator": "other"}
    found = check([run])
    assert [each.verdict for each in found.checks] == ["not judged"] * 2
    assert found.passed


def test_a_figure_that_could_not_be_measured_is_not_judged(tmp_path: Path) -> None:
    run = saved(tmp_path, "barge-in", {})
    run.kept = complete("barge-in") | {"to_sink_silent": {"p50": None, "p95": None}}
    assert [each.verdict for each in check([run]).checks] == ["not judged"]


def test_fewer_streams_than_the_target_cannot_miss_it(tmp_path: Path) -> None:
    run = saved(tmp_path, "concurrency", {})
    for most, verdict in ((16, "not judged"), (128, "not met")):
        run.kept = complete("concurrency") | {"streams": 16, "options": {"most": most}}
        assert check([run]).checks[0].verdict == verdict


def test_a_busy_machine_is_named(tmp_path: Path) -> None:
    busy = MACHINE | {"load": {"start": [7.5, 1, 1], "end": [1, 1, 1]}}
    found = check([saved(tmp_path, "ring", {}), saved(tmp_path, "hop", {}, machine=busy)])
    assert "a load of 7.5" in text(found)
    assert as_json(found)["load"] == 7.5
    assert "warning" not in text(check([saved(tmp_path, "ring", {})]))


def test_a_missing_key_fails(tmp_path: Path) -> None:
    run = saved(tmp_path, "overlap", {})
    run.kept = complete("overlap")
    del run.kept["sequential_ratio"]
    found = check([run])
    assert not found.passed
    assert as_json(found)["missing"] == {str(run.path): ["sequential_ratio"]}
    assert f"{run.path} lacks sequential_ratio" in text(found)


def test_text_and_json_tell_each_figure_and_what_was_not_measured(tmp_path: Path) -> None:
    run = saved(tmp_path, "barge-in", {})
    run.kept = complete("barge-in") | {"to_sink_silent": {"p50": 10.0, "p95": 15.5}, "n": 12}
    found = check([run])
    printed = as_json(found)
    assert printed["passed"] is False
    assert printed["figures"] == [{
        "benchmark": "barge-in", "figure": "cancel to the last sample, p95", "unit": "ms", "value": 15.5, "at_most": 14,
        "n": 12, "verdict": "not met", "file": str(run.path),
    }]  # fmt: skip
    assert "barge-in" not in printed["unmeasured"]
    assert {"hop", "soak"} <= set(printed["unmeasured"])
    lines = text(found).splitlines()
    assert lines[1].split("  ")[-1].strip() == "not met"
    assert lines[-1] == "failed: 0 met, 1 not met, 0 not judged"
