"""What a check finds out about a plugin: in this process, with plugins that do not end it."""

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from support.live_plugins import BLOCK, FAULTS, Faulty, Late, Samples, compute

from steadyvoice.workers.plugins import check, load, trials
from steadyvoice.workers.plugins.plugin import Parameter, Plugin, PluginRefused
from steadyvoice.workers.plugins.spec import parse

MODULE = "support.live_plugins"


def checked(text: str) -> tuple[check.Report, list[str]]:
    phases: list[str] = []
    [spec] = parse(text)
    return check.check(spec, (MODULE,), phases.append), phases


def test_a_plugin_that_keeps_the_contract() -> None:
    report, phases = checked("gain:db=-3")
    assert (report.breaches, report.warnings) == ([], [])
    assert (report.latency, report.measured_latency, report.parameters) == (0, 0, {"db": -3.0})
    assert 0 < report.p50_us <= report.p99_us <= report.max_us
    assert phases == ["import", "open", "noise", "silence", "full scale", "impulse", "denormals", "memory", "db=-60",
                      "db=24", "close"]  # fmt: skip


def test_latency_is_measured() -> None:
    report, _ = checked(f"{MODULE}:Late:samples=1234")
    assert (report.latency, report.measured_latency, report.warnings) == (1234, 1234, [])
    Late.opened.clear()
    Late.closed.clear()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_breach_is_found_with_its_block(fault: str) -> None:
    report, _ = checked(f"{MODULE}:Faulty:fault={fault}:at=40")
    [breach] = report.breaches
    assert breach.startswith("noise, block 41: ")


class _Wrong:
    def process(self, block: Samples) -> Samples:
        self.block = block
        return block + 0


def test_a_reference_to_the_input_is_found() -> None:
    assert trials.run(_Wrong(), trials.sounds(2)["noise"]).fault.startswith("it keeps a reference to its input")
    for plugin in (Faulty(), load.find("gain").make()):
        if hasattr(plugin, "open"):
            plugin.open(48000, BLOCK)
        assert not trials.run(plugin, trials.sounds(2)["noise"]).fault


class _Waits:
    def process(self, block: Samples) -> Samples:
        Event().wait(0.001)
        return block


class _Computes:
    def process(self, block: Samples) -> Samples:
        compute(1)
        return block


@pytest.mark.parametrize(("plugin", "waits"), [(_Waits(), True), (_Computes(), False)])
def test_waiting_is_not_computing(plugin: Plugin, waits: bool) -> None:
    assert bool(trials.waits_us(trials.run(plugin, trials.sounds(30)["noise"]))) == waits


def test_memory() -> None:
    grows: list[bytes] = []
    assert trials.memory(lambda: None, 20)[0] < 300
    peak, remains = trials.memory(lambda: np.zeros(100_000, np.uint8), 20)
    assert 100_000 <= peak < 101_000
    assert remains < 300
    assert trials.memory(lambda: grows.append(bytes(5000)), 20)[1] >= 5000


def test_what_is_too_unlike_has_no_latency() -> None:
    noise = trials.sounds(40)["noise"]
    assert trials.latency(noise, noise) == 0
    assert trials.latency(noise, np.zeros_like(noise)) is None
    assert trials.latency(noise, np.random.default_rng(9).standard_normal(noise.shape).astype(np.float32)) is None


def test_a_check_is_refused_as_a_chain_is(tmp_path: Path) -> None:
    for text in ("gian", "gain:db=99", f"{tmp_path}/none.py", f"{MODULE}:Faulty:at=-3"):
        with pytest.raises(PluginRefused):
            checked(text)


@pytest.mark.parametrize(
    ("figures", "breach", "warning"),
    [
        ({}, "", ""),
        ({"p99_us": 10_600.0}, "", ""),
        ({"p99_us": 12_000.0}, "too slow: 1 of 100 blocks takes longer than 12.0 ms, and a block is 10.67 ms", ""),
        ({"latency": 0, "measured_latency": 96}, "", ""),
        ({"latency": 0, "measured_latency": 97}, "", "its latency is 0 samples as declared, 97 as measured"),
        ({"latency": 500, "measured_latency": None}, "", ""),
        ({"leaked_bytes": 4096}, "", "its memory grows by 4096 bytes with each block"),
        ({"allocated_bytes": 100_000}, "", ""),
        ({"allocated_bytes": 400_000}, "", "it allocates 400000 bytes in each block"),
        ({"waits_us": 900.4}, "", "it waits 900 us in each block instead of computing"),
    ],
)
def test_what_the_figures_mean(figures: dict[str, Any], breach: str, warning: str) -> None:
    report = check.Report(plugin="x", **figures)
    check.judge(report)
    for said, wanted in ((report.breaches, breach), (report.warnings, warning)):
        assert len(said) == bool(wanted)
        assert all(each.startswith(wanted) for each in said)


class _Unstable:
    """Fine with its default only."""

    feedback = Parameter(0.0, 0, 1)
    choice = Parameter("a", choices=("a", "b"))
    on = Parameter(False)
    kept = Parameter(1, 0, 9, fixed=True)

    def process(self, block: Samples) -> Samples:
        return block * np.float32(1000 if self.feedback == 1 or self.choice == "b" or self.on else 1)


def test_the_ends_of_parameters_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "find", lambda reference, allowed: load._found(reference, "x", _Unstable))
    report, _ = checked("x")
    exploded = "its output exploded: a peak of "
    assert [each.partition(exploded)[0] for each in report.breaches] == [
        "with feedback=1: ", "with choice=b: ", "with on=True: ",
    ]  # fmt: skip
    assert report.warnings == []
