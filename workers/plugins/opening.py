"""Making a plugin ready: its parameters checked and set, opened, and tried, before it gets any sound."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from steadyvoice.ipc.errors import NotInstalled, Signal, one_line
from steadyvoice.workers.plugins.guard import contract_fault, level_fault
from steadyvoice.workers.plugins.load import Found, guarded_load
from steadyvoice.workers.plugins.plugin import MAX_LATENCY_S, Plugin, PluginRefused, Value

_TRIAL_BLOCKS: Final = 3
"""Of silence. The first call of a model takes far longer than later ones."""


def values_of(found: Found, given: Mapping[str, object]) -> dict[str, Value]:
    """The value of each parameter: the given one, else the default. PluginRefused."""
    values: dict[str, Value] = {name: parameter.default for name, parameter in found.parameters.items()}
    for name, value in given.items():
        try:
            if name not in values:
                has = f"it has {', '.join(values)}" if values else "it has none"
                raise PluginRefused("bad_parameter", f"there is no parameter {one_line(name, 80)!r}; {has}")
            values[name] = found.parameters[name].check(value)
        except PluginRefused as error:
            raise PluginRefused(error.code, f"{found.name}: {error}") from None
    return values


def open_plugin(found: Found, values: Mapping[str, Value], rate: int, block: int) -> tuple[Plugin, int]:
    """A new instance with these parameters, opened and tried, and its latency in samples.

    PluginRefused; NotInstalled where it needs another package. An instance that is refused is closed again.
    """
    plugin: Any = guarded_load(found.reference, found.make, found.source)
    try:
        for name, value in values.items():
            setattr(plugin, name, value)
        if callable(open_it := getattr(plugin, "open", None)):
            guarded_load(found.reference, lambda: open_it(rate, block), found.source)
        latency = guarded_load(found.reference, lambda: getattr(plugin, "latency", 0), found.source)
        if not isinstance(latency, int | np.integer) or isinstance(latency, bool) or latency < 0:
            given = one_line(repr(latency), 80)
            raise PluginRefused("plugin_failed", f"{found.reference}: its latency is {given}, not a number of samples")
        check_latency(found.name, int(latency), rate)
        silence = np.zeros(block, np.float32)
        for _ in range(_TRIAL_BLOCKS):
            silence[:] = 0
            result = guarded_load(found.reference, lambda: plugin.process(silence), found.source)
            if fault := contract_fault(result, block) or level_fault(result, lambda: 0.0):
                raise PluginRefused("plugin_failed", f"{found.reference}: {fault}")
    except PluginRefused as error:
        close(plugin)
        if isinstance(error.__cause__, NotInstalled):
            raise NotInstalled(f"{found.name}: {error.__cause__}") from error
        raise
    return plugin, int(latency)


def check_latency(what: str, samples: int, rate: int) -> None:
    """PluginRefused where it is too much for live sound."""
    if samples > MAX_LATENCY_S * rate:
        late = f"{what} would be {samples / rate:.2f} s behind on this machine; {MAX_LATENCY_S:g} s is the most"
        raise PluginRefused("plugin_failed", late)


def close(plugin: Any) -> None:
    """Close it, if it can be closed; whatever it raises is ignored."""
    try:
        if callable(close_it := getattr(plugin, "close", None)):
            close_it()
    except Signal:
        raise
    except BaseException:  # it is not used any more
        return
