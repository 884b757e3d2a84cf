"""Texts and options of the soak, and the samples that an undisturbed daemon makes of them."""

import random
from collections.abc import Iterator
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
OTHER_ENGINE: Final = "paced"
"""An engine with stages of its own, which are started when it is needed and ended soon after."""
OTHER_VOICE: Final[Variant] = (("voice", "paced"),)
HUMMED: Final = ("5/1/10 " * 40, "20/5/40 " * 12, "0/0/400 ")
"""Texts of that voice (workers/engines/paced.py)."""
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
            for text, variant in _spoken():
                stream = await client.stream(text, **options(variant))
                self._expected[text, variant] = np.concatenate([block async for block in stream])
                self._rates[variant] = stream.sample_rate

    def pick(self, rng: random.Random) -> tuple[str, Variant]:
        """One in four is of the other engine."""
        if rng.random() < 0.25:
            return rng.choice(HUMMED), OTHER_VOICE
        return rng.choice([key for key in self._expected if key[1] != OTHER_VOICE])

    def expected(self, text: str, variant: Variant, format: str) -> tuple[NDArray[Any], float]:
        """The expected samples and their tolerance."""
        samples = self._expected[text, variant]
        atol = _ATOL if {"sample_rate", "pitch"} & dict(variant).keys() else 0.0
        if format == "s16":
            return np.rint(samples * np.float32(32767)).astype(np.int16), 32767 * atol
        return samples, atol

    def seconds(self, text: str, variant: Variant = PLAIN) -> float:
        return len(self._expected[text, variant]) / self._rates[variant]


def _spoken() -> Iterator[tuple[str, Variant]]:
    for variant in VARIANTS:
        yield from ((text, variant) for text in (WHOLE if variant == PLAIN else WHOLE[:-1]))
    yield from ((text, OTHER_VOICE) for text in HUMMED)


def options(variant: Variant) -> ToClient:
    """Options of ``stream``; without a sample rate also of ``speak``."""
    return dict(variant)  # type: ignore[return-value]
