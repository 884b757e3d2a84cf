"""``svctl bench compare``: which verdict each kind of change gets, and what is said of the machines."""

from pathlib import Path
from typing import Any

import pytest
from support.saved import MACHINE, measurements, saved

from steadyvoice.client.svctl.bench.kept import comparison
from steadyvoice.client.svctl.bench.kept.compare import Comparison, Row, compare
from steadyvoice.client.svctl.bench.kept.files import runs

HALF = [value / 2 for value in measurements(7)]
LATE = [40.0 if number % 10 == 0 else value for number, value in enumerate(measurements(2, 10, 400))]


def compared(
    tmp_path: Path, name: str, a: dict[str, list[float]], b: dict[str, list[float]], **more: Any
) -> Comparison:
    return compare([saved(tmp_path / "a", name, a)], [saved(tmp_path / "b", name, b, **more)])


def row(found: Comparison, key: str = "") -> Row:
    return next(each for each in found.rows if each.key == key)


TABLE = [
    # (what differs, benchmark, key, A, B, verdict, percentile)
    ("nothing", "writer", {"": measurements(1)}, {"": measurements(2)}, "noise", 50),
    ("all of it", "writer", {"": measurements(1)}, {"": measurements(2, 12)}, "slower", 50),
    ("all of it, back", "writer", {"": measurements(1, 12)}, {"": measurements(2)}, "faster", 50),
    ("less than counts", "writer", {"": measurements(1, 10, 2000)}, {"": measurements(2, 10.3, 2000)}, "noise", 50),
    ("a few are late", "writer", {"": measurements(1, 10, 400)}, {"": LATE}, "slower", 95),
    ("few rounds", "writer", {"": measurements(1, 10, 3)}, {"": measurements(2, 20, 3)}, "too few", 50),
    ("few rounds alike", "writer", {"": [10.0, 10.1, 9.9]}, {"": [10.1, 10.0, 9.95]}, "noise", 50),
    ("from nothing", "writer", {"": [0.0] * 50}, {"": measurements(2, 1, 50)}, "slower", 50),
    (
        "the machine", "first-audio", {"": measurements(1), "reference": measurements(3, 30)},
        {"": measurements(2, 13), "reference": measurements(4, 39)}, "machine", 50,
    ),
    (
        "more than the machine", "first-audio", {"": measurements(1), "reference": measurements(3, 30)},
        {"": measurements(2, 15), "reference": measurements(4, 36)}, "slower", 50,
    ),
    (
        "less than the machine", "first-audio", {"": measurements(1), "reference": measurements(3, 30)},
        {"": measurements(2, 11.5), "reference": measurements(4, 45)}, "machine", 50,
    ),
    (
        "its own reference does not excuse", "writer", {"": measurements(1), "reference": measurements(3, 30)},
        {"": measurements(2, 13), "reference": measurements(4, 39)}, "slower", 50,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("_", "name", "a", "b", "verdict", "percent"), TABLE, ids=[case[0] for case in TABLE])
def test_verdicts(
    tmp_path: Path, _: str, name: str, a: dict[str, list[float]], b: dict[str, list[float]], verdict: str, percent: int
) -> None:
    found = row(compared(tmp_path, name, a, b))
    assert (found.verdict, found.percent) == (verdict, percent)


def test_another_programs_figures_tell_of_the_machine(tmp_path: Path) -> None:
    a, b = (
        {"spd_say": measurements(1), "stop_to_silence": HALF},
        {"spd_say": measurements(2, 20), "stop_to_silence": HALF},
    )
    found = compared(tmp_path, "command", a, b)
    assert [(each.key, each.verdict) for each in found.rows] == [("spd_say", "machine"), ("stop_to_silence", "noise")]


def test_most_comparisons_of_equal_runs_call_nothing_changed(tmp_path: Path) -> None:
    """Twenty comparisons of twenty distributions each: about one of them may be wrong."""
    wrong = 0
    for seed in range(20):
        sides = [
            {f"{key}": measurements(1000 * seed + 100 * side + key, spread=0.3) for key in range(20)} for side in (0, 1)
        ]
        found = compared(tmp_path / str(seed), "writer", *sides)
        wrong += any(each.verdict != "noise" for each in found.rows)
    assert wrong <= 3


def test_a_distribution_that_is_there_twice_is_compared_once(tmp_path: Path) -> None:
    a, b = measurements(1), measurements(2)
    found = compared(tmp_path, "hop", {"": a, "conditions.x": a, "y": b}, {"": b, "conditions.x": b, "y": a})
    assert [each.key for each in found.rows] == ["conditions.x", "y"]


def test_what_only_one_side_has_is_not_compared(tmp_path: Path) -> None:
    found = compared(tmp_path, "writer", {"": HALF, "old": HALF}, {"": HALF, "new": HALF})
    assert [each.key for each in found.rows] == [""]
    sides = [saved(tmp_path / "c", "ring", {"": HALF})], [saved(tmp_path / "d", "hop", {"": HALF})]
    assert compare(*sides) == Comparison(
        [], [], ["only in A: ring", "only in B: hop"], ("1 result of an unknown commit",) * 2
    )


def test_values_of_several_runs_are_joined(tmp_path: Path) -> None:
    for side in ("a", "b"):
        for number in range(3):
            saved(tmp_path / side, "writer", {"": measurements(number, count=40)}, f"2026-11-30T10:0{number}:00Z")
    found = compare(runs([tmp_path / "a"]), runs([tmp_path / "b"]))
    assert row(found).before[0] == 120
    assert row(found).verdict == "noise"
    for number in range(3):
        saved(tmp_path / "c", "writer", {"": measurements(number, 15, 40)}, f"2026-11-30T10:0{number}:00Z")
    changed = compare(runs([tmp_path / "a"]), runs([tmp_path / "c"]))
    assert (row(changed).verdict, changed.warnings) == ("slower", [])


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"machine": MACHINE | {"cpus": 4}}, "different machines: cpus 2 and 4 (writer)"),
        ({"machine": MACHINE | {"cpu": "another"}}, "different machines: cpu a processor and another (writer)"),
        ({"machine": MACHINE | {"policy": {"generator": "other"}}},
         "different machines: policy generator fifo and generator other (writer)"),
        ({"machine": MACHINE | {"load": {"start": [3, 0, 0]}}}, "different load at the start: 0.1 and 3.0 (writer)"),
        ({"machine": {k: v for k, v in MACHINE.items() if k != "kernel"}},
         "different machines: kernel 6.18 and unknown (writer)"),
        ({"versions": {"numpy": "2.4"}}, "different versions: numpy unknown and 2.4 (writer)"),
        ({"options": {"voice": "heart"}}, "different options: voice unknown and heart (writer)"),
    ],
)  # fmt: skip
def test_different_circumstances_are_named(tmp_path: Path, more: dict[str, Any], line: str) -> None:
    assert compared(tmp_path, "writer", {"": HALF}, {"": HALF}, **more).warnings == [line]


@pytest.mark.parametrize("more", [{}, {"options": {"rounds": 5, "seconds": 2.0}}, {"commit": "abc"}])
def test_equal_circumstances_are_not_named(tmp_path: Path, more: dict[str, Any]) -> None:
    assert compared(tmp_path, "writer", {"": HALF}, {"": HALF}, **more).warnings == []


def test_numbers_without_values_are_shown_and_not_judged(tmp_path: Path) -> None:
    a = saved(tmp_path / "a", "overlap", {}, ratio=0.98, sequential_ratio=0.7)
    b = saved(tmp_path / "b", "overlap", {}, ratio=0.5, sequential_ratio=None)
    found = compare([a], [b])
    assert [tuple(figure) for figure in found.figures] == [("overlap", "ratio", 0.98, 0.5)]
    assert found.rows == []


def test_text_and_json_have_each_distribution_and_the_meaning_of_the_verdicts(tmp_path: Path) -> None:
    a = {"": measurements(1), "x": [0.0] * 50, "y": HALF}
    b = {"": measurements(2, 20), "x": measurements(3, 1, 50), "y": HALF}
    found = compared(tmp_path, "writer", a, b, machine=MACHINE | {"cpus": 4}, commit="abc")
    lines = comparison.text(found).splitlines()
    assert lines[:2] == ["A: 1 result of an unknown commit", "B: 1 result of abc"]
    lines = lines[3:]
    assert [line.split()[-3:] for line in lines[1:3]] == [["slower", "at", "p50"]] * 2
    assert lines[2].startswith("writer x")
    assert any(line.startswith("2 slower: ") for line in lines)
    assert lines[-2] == "warning: different machines: cpus 2 and 4 (writer)"
    assert lines[-1].startswith("warning: how runs differ is not known from one run")
    printed = comparison.as_json(found)
    assert printed["changed"] == 2
    first, from_zero, same = printed["distributions"]
    assert (first["benchmark"], first["key"], first["verdict"], first["of"]) == ("writer", "", "slower", "p50")
    assert set(first["a"]) == set(first["b"]) == {"n", "p50", "p95"}
    assert first["change"]["p50"] == pytest.approx(1, abs=0.1)
    assert from_zero["change"]["p50"] is None
    assert same["verdict"] == "noise"
