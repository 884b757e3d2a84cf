"""Warm-up of the families of converters that a stage runs."""

from collections.abc import Mapping
from functools import partial

from steadyvoice.workers import optional
from steadyvoice.workers.converters.converter import Family
from steadyvoice.workers.runtime.context import Context


def warm_up(context: Context, families: Mapping[str, Family]) -> None:
    """A replacement warms up when it is idle, or at its first utterance."""
    warm = {name: partial(optional.attempt, f"converters {name}", family.warmup) for name, family in families.items()}
    if context.role == "replacement":
        context.deferred_warmups |= warm
    else:
        for each in warm.values():
            each()
