"""Texts and options of the soak, and the samples that an undisturbed daemon makes of them."""

import random
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.options import ToClient

SHORT: Final = ("Hi.", "Hello there.", "It is half past nine, and the train is late again.")
TALE: Final = "One two three four five six seven. Nobody in the village knows when it was built, and nobody asks. "
LONG: Final = (
    "When the rain had stopped, we walked home past the mill. It was late; nobody spoke. Then she laughed. " * 3
)
CHAPTER: Final = "The keeper climbs the stairs every evening to light the lamp. One two three four. " * 12
WHOLE: Final = (*SHORT, TALE, LONG, CHAPTER)

Variant = tuple[tuple[str, Any], ...]
PLAIN: Final[Variant] = ()
VARIANTS: Final[tuple[Variant, ...]] = (
    PLAIN,
    (("rate", 1.4),),
    (("volume", 0.4),),
    (("pitch", 3.0),),
    (("sample_rate", 16000),),
    (("sample_rate", 44100),),
)
_ATOL: Final = 1e-4
"""Tolerance of samples that pass a filter, which a replacement stage starts again."""


class Texts:
    """The expected samples, float32, of each text with each variant of options."""

    def __init__(self) -> None:
        self._expected: dict[tuple[str, Variant], NDArray[np.float32]] = {}
        self._rates: dict[Variant, int] = {}

    async def record(self, socket: Path) -> None:
        """Record the expected samples from an undisturbed daemon."""
        async with AsyncClient(socket, timeout=60) as client:
            for variant in VARIANTS:
                for text in WHOLE if variant == PLAIN else WHOLE[:-1]:
                    stream = await client.stream(text, **options(variant))
                    self._expected[text, variant] = np.concatenate([block async for block in stream])
                    self._rates[variant] = stream.sample_rate

    def pick(self, rng: random.Random) -> tuple[str, Variant]:
        return rng.choice(list(self._expected))

    def expected(self, text: str, variant: Variant, format: str) -> tuple[NDArray[Any], float]:
        """The expected samples and their tolerance."""
        samples = self._expected[text, variant]
        atol = _ATOL if {"sample_rate", "pitch"} & dict(variant).keys() else 0.0
        if format == "s16":
            return np.rint(samples * np.float32(32767)).astype(np.int16), 32767 * atol
        return samples, atol

    def seconds(self, text: str, variant: Variant = PLAIN) -> float:
        return len(self._expected[text, variant]) / self._rates[variant]


def options(variant: Variant) -> ToClient:
    """Options of ``stream``; without a sample rate also of ``speak``."""
    return dict(variant)  # type: ignore[return-value]
