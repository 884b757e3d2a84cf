"""Files that converters need in addition to their own, and the command that installs them."""

import os
from typing import Final, NamedTuple

from steadyvoice.ipc.paths import store


class Need(NamedTuple):
    what: str
    files: tuple[str, ...]
    """Paths below store("models"); one of them is enough."""
    command: str


_NEEDS: Final = {
    "rvc": Need(
        "the content encoder ContentVec",
        ("contentvec/model.safetensors", "contentvec/pytorch_model.bin"),
        "svctl converters pull contentvec, or svctl converters add DIRECTORY",
    )
}
"""By family of converters."""


def missing(family: str) -> Need | None:
    """What the converters of a family lack on this machine; None where nothing is known to be missing."""
    need = _NEEDS.get(family)
    if need is None or any(os.path.isfile(store("models") / file) for file in need.files):
        return None
    return need
