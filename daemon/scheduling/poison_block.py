"""Writes a block at which a stage has died twice to a file of the user, for debugging."""

import os
from pathlib import Path
from typing import Final

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc import mounts, paths
from steadyvoice.ipc.errors import describe

_MAX_FILES: Final = 8
"""Maximum number of files; the oldest are deleted."""


def keep(stage: StageSpec, utterance: Utterance, pipeline: Pipeline | None) -> str:
    """Write the generator's text, or the stage's current slot with its header (docs/ring.md), to a file.

    Return a sentence for the user that names the file, or says why there is none.
    """
    if stage.name == "generator" or pipeline is None:
        data = utterance.text.content.encode()
    else:
        data = pipeline.oldest_slot(stage, utterance.run)
    try:
        folder = paths.state("blocks")
        path = folder / f"{stage.label.replace(' ', '-')}-{utterance.id}-{os.getpid()}"
        mounts.asked(folder, lambda: _write(path, data))
    except OSError as error:
        return f"the block could not be kept: {describe(error)}"
    return f"the block is kept in {path}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(path.parent.iterdir(), key=lambda file: file.stat().st_mtime)[: 1 - _MAX_FILES]:
        old.unlink()
    path.touch(0o600)
    path.write_bytes(data)
