"""Voices of random weights: what ``svctl`` offers is what the store makes."""

from importlib import import_module
from pathlib import Path

import pytest

from steadyvoice.ipc.random_weights import RANDOM_VOICES
from steadyvoice.workers.store import random_voices
from steadyvoice.workers.store.place import Misuse
from steadyvoice.workers.store.random_voices import MODELS, Maker, Model


@pytest.mark.parametrize("name", RANDOM_VOICES)
def test_each_model_is_made_by_functions_that_exist(name: str) -> None:
    assert MODELS.keys() == RANDOM_VOICES.keys()
    for maker in MODELS[name].makers:
        assert callable(getattr(import_module(f"steadyvoice.workers.{maker.module}"), maker.function))


def test_a_voice_of_several_makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    makers = (Maker("runtime.restart", "one", ("nano",)), Maker("runtime.restart", "other"))
    monkeypatch.setitem(MODELS, "two", Model("Two", makers))
    module = import_module("steadyvoice.workers.runtime.restart")
    monkeypatch.setattr(module, "one", lambda path, name: (path / "one").write_text(name), raising=False)
    monkeypatch.setattr(module, "other", lambda path: (path / "other").touch(), raising=False)
    made = random_voices.make("two", None, replace=False)
    assert (made["name"], made["what"]) == ("two-random", "Two with random weights")
    assert (tmp_path / "voices" / "two-random" / "one").read_text() == "nano"
    assert (tmp_path / "voices" / "two-random" / "other").exists()
    with pytest.raises(Misuse, match="there is soprano"):
        random_voices.make("three", None, replace=False)
