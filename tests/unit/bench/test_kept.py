"""Saved results: what a file has, where it is, and that none is lost."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.saved import MACHINE, measurements, saved

import steadyvoice
from steadyvoice.client.svctl.bench.kept import files, record
from steadyvoice.client.svctl.bench.kept.values import MOST, split, thinned
from steadyvoice.client.svctl.bench.statistics import machine, result, summary

NUMBERS = st.lists(st.floats(0.001, 1e6), max_size=5)


def measured() -> dict[str, Any]:
    found = result("ring", "µs", [3.0, 1.0, 2.0], "a copy", [1.0, 1.0])
    return found | {"blocks": {"64": summary([5.0]) | {"ratio": 5.0}}, "machine": machine()}


def test_values_are_taken_out_of_what_is_printed() -> None:
    printed, values = split(measured())
    assert values == {"": [3.0, 1.0, 2.0], "reference": [1.0, 1.0], "blocks.64": [5.0]}
    assert "values" not in json.dumps(printed)
    assert set(printed["reference"]) == {"what", "p50", "p95"}
    assert set(printed["blocks"]["64"]) == {"p50", "p95", "p99", "max", "ratio"}


def test_steps_that_are_tried_twice_are_one_distribution() -> None:
    steps = [{"streams": 8, "jitter": summary([1.0])}, {"streams": 8, "jitter": summary([2.0])}]
    assert split({"steps": steps, "list": [summary([3.0])]})[1] == {"steps.8.jitter": [1.0, 2.0], "list.0": [3.0]}


@given(st.recursive(NUMBERS.map(summary), lambda inner: st.dictionaries(st.sampled_from("abcd"), inner), max_leaves=8))
def test_no_value_is_lost_and_none_stays(tree: dict[str, Any]) -> None:
    def all_values(node: dict[str, Any]) -> list[float]:
        below = [value for key, inner in node.items() if isinstance(inner, dict) for value in all_values(inner)]
        return [*node.get("values", []), *below]

    printed, values = split(tree)
    assert sorted(value for each in values.values() for value in each) == sorted(all_values(tree))
    assert all_values(printed) == []


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 5 * MOST])
def test_many_values_are_thinned_evenly(count: int) -> None:
    kept = thinned([float(at) for at in range(count)])
    assert len(kept) == min(count, MOST)
    assert kept == sorted(set(kept))
    assert not kept or kept[-1] >= 0.99 * (count - 1)


def test_a_saved_file_tells_machine_versions_and_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed, values = split(measured())
    path = record.Record({"rounds": 3}).save(printed, values)
    assert path.parts[:2] == ("artifacts", "bench")
    time.strptime(path.parts[2], "%Y-%m-%d")
    time.strptime(path.name, "ring-%H%M%S.json")
    kept = files.Run(path).kept
    assert {**kept, "machine": 0} == {**kept, **printed, "machine": 0}
    about = kept["machine"]
    assert set(about) == {"cpus", "policy", "python", "kernel", "cpu", "memory_bytes", "load"}
    assert all(len(about["load"][when]) == 3 for when in ("start", "end"))
    assert about["memory_bytes"] > 1 << 24
    assert {"steadyvoice", "numpy", "onnxruntime"} <= set(kept["versions"])
    assert kept["options"] == {"rounds": 3}
    assert kept["values"] == values
    assert kept["took_s"] >= 0


def test_no_file_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = record.Record({})
    printed, values = split(measured())
    paths = [first.save(printed | {"n": number}, values) for number in range(3)]
    assert len(set(paths)) == 3
    assert [files.Run(path).kept["n"] for path in paths] == [0, 1, 2]


def test_a_folder_that_cannot_be_made_is_known_before_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "artifacts").touch()
    with pytest.raises(OSError, match="artifacts"):
        record.Record({})


def test_the_commit_is_that_of_the_checkout_or_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert record.commit()
    monkeypatch.setattr(steadyvoice, "__file__", str(tmp_path / "src" / "steadyvoice" / "__init__.py"))
    assert record.commit() == steadyvoice.__version__  # no checkout
    (tmp_path / ".git").mkdir()
    assert record.commit() == steadyvoice.__version__  # one that git refuses


def test_results_are_read_from_files_and_folders_oldest_first(tmp_path: Path) -> None:
    late = saved(tmp_path / "x" / "2026-11-30", "ring", {"": [1.0]}, "2026-11-30T10:00:00Z")
    early = saved(tmp_path / "x" / "2026-11-29", "ring", {"": [1.0]}, "2026-11-29T10:00:00Z")
    other = saved(tmp_path / "y", "hop", {"": [1.0]}, "2026-11-30T09:00:00Z")
    found = files.runs([tmp_path / "x", other.path])
    assert [run.path for run in found] == [early.path, other.path, late.path]
    assert [run.path for run in files.newest(found)] == [late.path, other.path]


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", '{"name": 3, "machine": {}}', '{"name": "ring"}', "\xff"),
        *('{"name": "ring", "machine": {"load": 3}}', '{"name": "ring", "machine": {}, "values": {"": ["x"]}}'),
    ],
)
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content, encoding="latin-1")
    with pytest.raises(files.NoSavedResult, match=r"x\.json is not a result"):
        files.runs([tmp_path])


def test_an_empty_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(files.NoSavedResult, match="svctl bench all saves them"):
        files.runs([tmp_path])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(files.NoSavedResult, match="artifacts/bench"):
        files.default()


def test_what_was_printed_without_save_has_no_values(tmp_path: Path) -> None:
    path = tmp_path / "printed.json"
    path.write_text(json.dumps({"name": "ring", "machine": MACHINE, "p50": measurements(1)[0]}))
    assert files.Run(path).values == {}
