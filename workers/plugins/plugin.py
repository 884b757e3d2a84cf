"""The contract of a plugin of live sound, and its parameters. docs/plugins.md is the tutorial."""

import math
from collections.abc import Callable
from typing import Any, Final, Generic, Literal, Protocol, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import SteadyvoiceError, one_line

MAX_LATENCY_S: Final = 2.0
"""Of a chain. The dry signal is taken from a history of 2.7 s (ipc/sample_history.py)."""

Samples = NDArray[np.float32]
T = TypeVar("T", bool, int, float, str)
Value = bool | int | float | str
"""Of a parameter."""
_SWITCH: Final = dict.fromkeys(("on", "true", "yes", "1"), True) | dict.fromkeys(("off", "false", "no", "0"), False)


class PluginRefused(SteadyvoiceError):
    """A plugin cannot be used as requested; nothing has changed. Correct the request, the configuration or the file."""

    def __init__(
        self, code: Literal["unknown_plugin", "bad_parameter", "plugin_not_permitted", "plugin_failed"], message: str
    ) -> None:
        super().__init__(message)
        self.code: Final = code


class Plugin(Protocol):
    """One place in a chain: mono float32 in, as much out. A class with ``process`` alone is a plugin.

    It may also have:

    - ``latency``: int, samples by which its output is later than its input; read once, after ``open``. Default 0.
    - ``open(rate, block)``: hertz, and samples of each block; called once, before the first block and after the
      parameters were set. It loads what is needed, and may take its time. Then a few blocks of silence are processed.
    - ``close()``: called once, after the last block.
    - parameters: class attributes made by ``Parameter``.

    All calls for blocks come from one thread.
    """

    def process(self, block: Samples) -> Samples:
        """Process the next [block] samples; return an array of the same shape and type, finite.

        The plugin may change ``block`` and return it, or return an array of its own. It keeps no reference to
        ``block``: the memory is used again.
        """
        ...


class FunctionPlugin:
    """A function ``process(block)`` as a plugin."""

    def __init__(self, function: Callable[[Samples], Samples]) -> None:
        self.process = function


class Parameter(Generic[T]):
    """A parameter of a plugin: a class attribute, which its instances read as a plain value.

    Its type is the default's: bool, int, float or str. low, high: range of a number, both included. choices: of a str.
    fixed: it cannot change while the plugin runs, so that a change opens the plugin again. An assignment to it is
    checked; PluginRefused names the range.
    """

    def __init__(
        self,
        default: T,
        low: float | None = None,
        high: float | None = None,
        unit: str = "",
        doc: str = "",
        *,
        choices: tuple[str, ...] = (),
        fixed: bool = False,
    ) -> None:
        self.default: T = default
        self.low, self.high, self.unit, self.doc = low, high, unit, doc
        self.choices, self.fixed = choices, fixed
        self.name = ""
        self._type: Any = type(default)
        if self._type not in (bool, int, float, str):
            raise TypeError(f"the default of a parameter is a bool, int, float or str, not {self._type.__name__}")
        self.check(default)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object, owner: type) -> Self | T:
        if instance is None:
            return self
        value: T = instance.__dict__.get(self.name, self.default)
        return value

    def __set__(self, instance: object, value: T) -> None:
        instance.__dict__[self.name] = self.check(value)

    @property
    def range(self) -> str:
        """What it takes, for people."""
        if self._type is bool:
            return "on or off"
        if self.choices:
            return ", ".join(self.choices)
        if self._type is str:
            return "text"
        kind = "a whole number" if self._type is int else "a number"
        if self.low is not None and self.high is not None:
            kind = f"{self.low:g} to {self.high:g}"
        elif self.low is not None:
            kind = f"{kind} from {self.low:g}"
        elif self.high is not None:
            kind = f"{kind} up to {self.high:g}"
        return f"{kind} {self.unit}".rstrip()

    @property
    def type_name(self) -> str:
        return "choice" if self.choices else self._type.__name__

    def check(self, value: object) -> T:
        """The value in the parameter's type. Text is read as on a command line. PluginRefused."""
        converted = self._converted(value)
        if converted is None or not self._within(converted):
            given = one_line(str(value), 80)
            raise PluginRefused("bad_parameter", f"{self.name or 'the default'} is {given}; it takes {self.range}")
        result: T = converted
        return result

    def _converted(self, value: Any) -> Any:
        """None where the type is wrong."""
        kind = self._type
        if isinstance(value, str) and kind is bool:
            return _SWITCH.get(value.lower())
        if isinstance(value, str) and kind is not str:
            try:
                return kind(value)
            except (ValueError, OverflowError):
                return None
        if isinstance(value, bool) or kind in (bool, str):
            return value if type(value) is kind else None
        if isinstance(value, int | np.integer) or (kind is float and isinstance(value, float | np.floating)):
            return kind(value)
        return None

    def _within(self, value: Any) -> bool:
        if self._type is str:
            return not self.choices or value in self.choices
        if not math.isfinite(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def parameters_of(plugin: object) -> dict[str, Parameter[Any]]:
    """The parameters of a class or an instance by name, in the order of their declaration."""
    kind = plugin if isinstance(plugin, type) else type(plugin)
    found: dict[str, Parameter[Any]] = {}
    for each in reversed(kind.__mro__):
        found |= {name: value for name, value in vars(each).items() if isinstance(value, Parameter)}
    return found
