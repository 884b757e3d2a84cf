"""Steps as NVTX ranges: only where they are wanted and torch has CUDA; else the stage's own function."""

import sys
from types import SimpleNamespace

import pytest

from steadyvoice.workers.runtime.steps import NVTX, ranged


def plain() -> float:
    return 0.25


def test_off_is_the_function_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NVTX, raising=False)
    assert ranged(plain, "generator") is plain
    monkeypatch.setenv(NVTX, "1")
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(version=SimpleNamespace(cuda=None)))
    assert ranged(plain, "generator") is plain
    monkeypatch.delitem(sys.modules, "torch")
    assert ranged(plain, "generator") is plain


def test_a_range_ends_with_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the step does. There is no CUDA here: the module has two functions that note their calls."""
    calls: list[str] = []
    nvtx = SimpleNamespace(range_push=calls.append, range_pop=lambda: calls.append("end"))
    fake = SimpleNamespace(version=SimpleNamespace(cuda="12.8"), cuda=SimpleNamespace(nvtx=nvtx))
    monkeypatch.setenv(NVTX, "1")
    monkeypatch.setitem(sys.modules, "torch", fake)

    def fails() -> float:
        raise RuntimeError

    assert ranged(plain, "vocoder soprano")() == 0.25
    with pytest.raises(RuntimeError):
        ranged(fails, "generator")()
    assert calls == ["vocoder soprano", "end", "generator", "end"]
