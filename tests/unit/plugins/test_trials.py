"""What a check finds out about a plugin: in this process, with plugins that do not end it."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from support.live_plugins import BLOCK, FAULTS, Faulty, Late, Samples, compute

from steadyvoice.workers.plugins import check, load, trials
from steadyvoice.workers.plugins.plugin import Plugin, PluginRefused
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
