"""A block at which a stage has died twice is kept for whoever looks into it: a file of the user's own."""

import os
from pathlib import Path
from typing import Final

from steadyvoice.daemon.pipeline import NAMES, Pipeline
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc import mounts, paths
from steadyvoice.ipc.errors import describe

_KEPT: Final = 8
"""Files; the oldest give way."""


def keep(stage: str, utterance: Utterance, pipeline: Pipeline | None) -> str:
    """Write it down: the generator's text, or the slot, header and all (docs/ring.md). Return where, for a person."""
    if stage == NAMES[0] or pipeline is None:
        data = utterance.text.encode()
    else:
        data = pipeline.rings[NAMES.index(stage)].oldest()
    try:
        folder = paths.state("blocks")
        path = folder / f"{stage}-{utterance.id}-{os.getpid()}"
        mounts.asked(folder, lambda: _write(path, data))
    except OSError as error:
        return f"the block could not be kept: {describe(error)}"
    return f"the block is kept in {path}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(path.parent.iterdir(), key=lambda file: file.stat().st_mtime)[: 1 - _KEPT]:
        old.unlink()
    path.touch(0o600)
    path.write_bytes(data)
