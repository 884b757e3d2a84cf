"""Voices and converters with random weights, in the published format and size, for benchmarks of the stages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl.bench.daemon import BenchFailed
from steadyvoice.client.svctl.store import perform
from steadyvoice.ipc.random_weights import RANDOM_VOICES

_RANDOM: Final = {"voices": ("soprano", "random"), "converters": ("rvc", "random-rvc")}


@contextmanager
def weights(place: Path, voice: str = "", converter: str = "") -> Iterator[tuple[str, str]]:
    """The voice and the converter; without names, random ones in a temporary store.

    BenchFailed where only one is named, or where random ones cannot be made.
    """
    if voice and converter:
        yield voice, converter
        return
    if voice or converter:
        raise BenchFailed("name a voice and a converter, or neither: then both are made, with random weights")
    with _made(place, _RANDOM):
        yield _RANDOM["voices"][1], _RANDOM["converters"][1]


@contextmanager
def line_weights(place: Path, model: str, voice: str = "") -> Iterator[tuple[str, str]]:
    """An engine, and the voice: without a name, one with random weights, if the model is of RANDOM_VOICES. Of other
    engines, which ``model`` names then, an empty name is the first voice.

    BenchFailed where a random one cannot be made.
    """
    engine = RANDOM_VOICES.get(model, model)
    if voice or model not in RANDOM_VOICES:
        yield engine, voice
        return
    with _made(place, {"voices": (model, "random")}):
        yield engine, "random"


@contextmanager
def _made(place: Path, wanted: dict[str, tuple[str, str]]) -> Iterator[None]:
    """A temporary store with these: kind to model and name."""
    before = os.environ.get("STEADYVOICE_DATA")
    os.environ["STEADYVOICE_DATA"] = str(place / "data")
    try:
        for kind, (what, name) in wanted.items():
            answer, status = perform(kind=kind, do="random", model=what, name=name, replace=False)
            if status:
                raise BenchFailed(answer["problem"])
        os.sync()  # otherwise the disk is written while the first block is measured
        yield
    finally:
        del os.environ["STEADYVOICE_DATA"]
        if before is not None:
            os.environ["STEADYVOICE_DATA"] = before
