"""The alert rules by Prometheus' own tool, and the dashboard as far as it can be checked without a Grafana."""

import itertools
import re
import shlex
import subprocess
from pathlib import Path

import click
import promql_parser
import pytest
from support.alerts import OPS, RULES, hurried
from support.dashboard import dashboard, expressions, metrics
from support.prometheus import needs_prometheus

from steadyvoice.client.svctl.commands import main
from steadyvoice.daemon.metrics.names import NAMES

DOCS = OPS.parent / "docs"
DOCUMENT = (DOCS / "alerts.md").read_text()


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerts() -> list[str]:
    return re.findall(r"alert: (\w+)", RULES)


@needs_prometheus
def test_each_alert_fires_for_its_fault_and_for_no_other() -> None:
    assert "SUCCESS" in promtool("test", "rules", OPS / "alerts_test.yml")
    tested = re.findall(r"alertname: (\w+)\n\s+exp_alerts", (OPS / "alerts_test.yml").read_text())
    assert sorted(tested) == sorted(alerts())
    fault_tests = (OPS.parent / "tests" / "fault" / "test_alerts.py").read_text()
    assert set(re.findall(r'fires\(\s*server, "(\w+)"', fault_tests)) == set(alerts())


@needs_prometheus
def test_the_rules_of_the_fault_tests_are_those_rules_in_a_hurry(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(hurried(RULES))
    assert f"{len(alerts())} rules found" in promtool("check", "rules", rules)
    durations = [re.findall(r"\[\w+\]|for: \w+", text) for text in (RULES, rules.read_text())]
    pairs = set(zip(*durations, strict=True))
    assert pairs == {
        ("[1m]", "[5s]"), ("[5m]", "[10s]"), ("[10m]", "[20s]"), ("for: 1m", "for: 2s"), ("for: 5m", "for: 10s"),
    }  # fmt: skip


def test_each_alert_is_documented_with_the_command_that_shows_its_cause() -> None:
    rows = re.findall(r"^\| `(Steadyvoice\w+)` \| .* \| `([^`]+)` \|$", DOCUMENT, re.M)
    rules = re.findall(r"alert: (\w+)\n.*?command: ([^\n]+)\n", RULES, re.S)
    assert rows == rules


def test_rules_dashboard_and_documents_name_metrics_that_there_are() -> None:
    """Of a histogram also its series."""
    known = {f"steadyvoice_{each.name}" for each in NAMES}
    known |= {name + suffix for name in known for suffix in ("_bucket", "_count")}
    texts = [RULES, DOCUMENT, (DOCS / "metrics.md").read_text(), *(expression for _, expression in expressions())]
    assert set().union(*map(metrics, texts)) - {"steadyvoice_"} <= known


@pytest.mark.parametrize("line", sorted(set(re.findall(r"command: (.*)", RULES))))
def test_the_commands_exist(line: str) -> None:
    program, name, *words = shlex.split(line)
    assert program == "svctl"
    main.commands[name].make_context(name, words, parent=click.Context(main), resilient_parsing=False)


def test_the_dashboard_has_an_identity_and_a_place_for_each_panel() -> None:
    board = dashboard()
    assert re.fullmatch(r"[\w-]{1,40}", board["uid"])
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        columns, rows = (range(place[at], place[at] + size) for at, size in (("x", place["w"]), ("y", place["h"])))
        assert columns[0] >= 0
        assert columns[-1] < 24
        cells = set(itertools.product(columns, rows))
        assert not cells & taken, panel["title"]
        taken |= cells


def test_each_query_of_the_dashboard_is_promql() -> None:
    for title, expression in expressions():
        assert not re.search(r"\$[a-z_{]", expression), title
        promql_parser.parse(expression)
