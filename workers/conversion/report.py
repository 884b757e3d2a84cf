"""What a stage reports of the converters that it runs."""

from collections.abc import Mapping
from functools import partial

from steadyvoice.ipc.stage_protocol import ConverterMeta, Ready
from steadyvoice.workers import optional
from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.converters.converter import Family
from steadyvoice.workers.runtime.context import Context


def warm_up(context: Context, families: Mapping[str, Family]) -> Ready:
    """Warm up the families and report their converters.

    A replacement reports none, and warms up when it is idle; a catalogue is not warmed up.
    """
    warm = {name: partial(optional.attempt, f"converters {name}", family.warmup) for name, family in families.items()}
    if context.role == "replacement":
        context.deferred_warmups |= warm
        return Ready()
    known = converters.converters(families)
    for each in warm.values() if context.role != "catalogue" else ():
        each()
    return Ready(converters=[
        ConverterMeta(
            one.name, one.licence, one.latency_ms, one.formants,
            one.installed and converters.is_usable(family, one.name), family,
        )
        for family, one in known
    ])  # fmt: skip
