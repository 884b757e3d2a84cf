"""``svctl bench figures``: pictures of saved results."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from support.saved import measurements, saved

from steadyvoice.client.svctl.bench.kept.figures import draw, write
from steadyvoice.client.svctl.bench.kept.files import NoSavedResult, Run

KEPT = sorted((Path(__file__).parents[3] / "docs" / "bench").glob("*.json"))
SVG = "{http://www.w3.org/2000/svg}"


def shown(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


def test_each_distribution_is_a_row_beside_its_reference(tmp_path: Path) -> None:
    values = {"": measurements(1), "short": measurements(1), "short.reference": measurements(2, 12)}
    run = saved(tmp_path, "first-audio", values | {"cold_ms": [600.0]}, n=100)
    path = write(run)
    assert path == run.path.with_suffix(".svg")
    picture = path.read_text()
    words = shown(picture)
    assert [word for word in words if word in ("short", "reference")] == ["short", "reference"]
    assert not any("cold" in word for word in words)
    areas = [area.get("class") for area in ET.fromstring(picture).iter(f"{SVG}polygon")]
    assert areas == ["ours", "other"]
    assert "prefers-color-scheme:dark" in picture
    assert draw(run) == picture


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([8.0, 9.0, 10.0, 11.0], ["0", "5", "10"]),
        ([2.0, 30.0, 200.0], ["2", "5", "10", "20", "50", "100", "200"]),
        ([0.0, 0.0, 0.0], ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ([-1.0, 0.5, 2.0], ["-1", "0", "1", "2"]),
        ([5.0], ["0", "1", "2", "3", "4", "5"]),
    ],
)
def test_the_axis_has_round_numbers(tmp_path: Path, values: list[float], ticks: list[str]) -> None:
    run = saved(tmp_path, "writer", {"": values})
    words = shown(draw(run))
    assert words[4 : 4 + len(ticks)] == ticks
    assert ("logarithmic" in words[0]) == (ticks[0] == "2")


def test_a_result_that_was_only_printed_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(NoSavedResult, match="made with --save"):
        draw(saved(tmp_path, "ring", {}))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_the_pictures_of_the_document_are_those_of_the_kept_results(path: Path) -> None:
    assert path.with_suffix(".svg").read_text() == draw(Run(path))
    assert f"bench/{path.stem}.svg" in (KEPT[0].parents[1] / "benchmarks.md").read_text()
