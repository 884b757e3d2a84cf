"""A speaker's own content, found again: what was said is moved towards how the speaker says it (RVC's retrieval)."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import BadModelFile, NotInstalled

Floats = NDArray[np.float32]


class Index:
    """A published ``added_*.index``, read by faiss.

    share: how much of the found takes the place of the heard, 0 to 1. NotInstalled where faiss is not installed,
    BadModelFile where the file is no index of this content.
    """

    def __init__(self, path: Path, share: float = 0.5, size: int = 768) -> None:
        try:
            faiss: Any = import_module("faiss")  # optional, and untyped
        except ImportError:
            raise NotInstalled(f"{path} needs faiss; install faiss-cpu with pip, or remove the file") from None
        try:
            self._index = faiss.read_index(str(path))
            self._vectors: Floats = self._index.reconstruct_n(0, self._index.ntotal)
        except RuntimeError:
            raise BadModelFile(f"{path} is no faiss index, or is cut short; copy it again") from None
        if self._index.d != size or self._index.ntotal < 8:
            raise BadModelFile(f"{path} holds no content of RVC v2; take the file that is named added_…_v2.index")
        self._share = np.float32(share)

    def __call__(self, content: Floats) -> Floats:
        """[n, size] to [n, size]: the 8 nearest, weighted by the inverse square of their distance."""
        distance, found = self._index.search(content, k=8)
        if (found < 0).any():
            return content
        weight = np.square(1 / np.maximum(distance, np.float32(1e-9)))
        weight /= weight.sum(1, keepdims=True)
        nearest = np.einsum("nk,nkd->nd", weight, self._vectors[found])
        mixed: Floats = self._share * nearest + (1 - self._share) * content
        return mixed.astype(np.float32)
