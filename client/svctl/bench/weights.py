"""Voices and converters with random weights, in the published format and size, for benchmarks of the stages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl.bench.daemon import BenchFailed
from steadyvoice.client.svctl.store import perform

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
    before = os.environ.get("STEADYVOICE_DATA")
    os.environ["STEADYVOICE_DATA"] = str(place / "data")
    try:
        for kind, (what, name) in _RANDOM.items():
            answer, status = perform(kind=kind, do="random", model=what, name=name, replace=False)
            if status:
                raise BenchFailed(answer["problem"])
        os.sync()  # otherwise the disk is written while the first block is measured
        yield _RANDOM["voices"][1], _RANDOM["converters"][1]
    finally:
        del os.environ["STEADYVOICE_DATA"]
        if before is not None:
            os.environ["STEADYVOICE_DATA"] = before
