"""Checks of what third-party engines and converters declare, before it is used or sent to the daemon."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.workers import optional

_MAX_ITEMS: Final = 500
"""Voices or converters of one package."""
_NAME_CHARS: Final = 100
_MAX_CHARS: Final = 30_000
"""Characters of all names that a stage reports in one message."""


class BadPlugin(SteadyvoiceError):
    """An engine or a family of converters does not match its interface."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def is_name(text: object) -> bool:
    """Whether the text is a printable string of at most 100 characters."""
    return type(text) is str and 0 < len(text) <= _NAME_CHARS and text.isprintable()


def fault(each: object, **rules: Callable[[Any], bool]) -> str:
    """A phrase about the first attribute that is missing or breaks its rule; empty if all are right."""
    for name, is_right in rules.items():
        if not hasattr(each, name):
            return f"it has no {name}"
        if not is_right(value := getattr(each, name)):
            return f"its {name} is {one_line(repr(value), 80)}"
    return ""


def distinct(
    kind: str, owner: str, bring: Mapping[str, Callable[[], Iterable[N]]], fault_of: Callable[[N], str]
) -> list[tuple[str, N]]:
    """(package, item) for each valid voice or converter with a name that no earlier item has. The others are left out.

    bring: per package, a function that returns its items. kind: voice or converter; owner: engine or converters.
    ``optional`` reports a package with a failing function as "OWNER PACKAGE", an item as "KIND NAME of PACKAGE".
    """
    taken: dict[str, str] = {}
    kept: list[tuple[str, N]] = []

    def take(package: str) -> None:
        for each in islice(bring[package](), _MAX_ITEMS):
            name = getattr(each, "name", None)
            shown = f"{kind} {name if is_name(name) else repr(name)[:80]} of {package}"
            if why := fault_of(each):
                optional.leave_out(shown, why)
            elif taken.get(each.name) == package:
                optional.leave_out(f"second {shown}", "the first of that name counts")
            elif each.name in taken:
                first = taken[each.name]
                optional.leave_out(shown, f"{first} has one of that name, and comes first in the configuration")
            elif sum(len(each.name) + 100 for _, each in kept) > _MAX_CHARS:
                optional.leave_out(shown, "there are too many")
            else:
                taken[each.name] = package
                kept.append((package, each))

    for package in bring:
        optional.attempt(f"{owner} {package}", partial(take, package))
    return kept
