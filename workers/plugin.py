"""What packages from outside say of themselves: checked before any of it is relied on or sent to the daemon."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.workers import optional

_MOST: Final = 500
"""Voices or converters of one package."""
_NAME_CHARS: Final = 100
_MOST_CHARS: Final = 30_000
"""Of all that a stage reports in one message."""


class BadPlugin(SteadyvoiceError):
    """An engine or a family of converters is not what its interface says."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def is_name(text: object) -> bool:
    """Whether it can be shown, and sent as UTF-8."""
    return type(text) is str and 0 < len(text) <= _NAME_CHARS and text.isprintable()


def fault(each: object, **rules: Callable[[Any], bool]) -> str:
    """The first attribute that is missing or against its rule, in words; empty where there is none."""
    for name, is_right in rules.items():
        if not hasattr(each, name):
            return f"it has no {name}"
        if not is_right(value := getattr(each, name)):
            return f"its {name} is {one_line(repr(value), 80)}"
    return ""


def distinct(
    kind: str, owner: str, bring: Mapping[str, Callable[[], Iterable[N]]], fault_of: Callable[[N], str]
) -> list[tuple[str, N]]:
    """What each package brings, after the package's name, without what is at fault or has the name of an earlier one.

    kind: voice or converter; owner: engine or converters. Reported are "OWNER PACKAGE" where that raises, and
    "KIND NAME of PACKAGE".
    """
    taken: dict[str, str] = {}
    kept: list[tuple[str, N]] = []

    def take(package: str) -> None:
        for each in islice(bring[package](), _MOST):
            name = getattr(each, "name", None)
            shown = f"{kind} {name if is_name(name) else repr(name)[:80]} of {package}"
            if why := fault_of(each):
                optional.leave_out(shown, why)
            elif taken.get(each.name) == package:
                optional.leave_out(f"second {shown}", "the first of that name counts")
            elif each.name in taken:
                first = taken[each.name]
                optional.leave_out(shown, f"{first} has one of that name, and comes first in the configuration")
            elif sum(len(each.name) + 100 for _, each in kept) > _MOST_CHARS:
                optional.leave_out(shown, "there are too many")
            else:
                taken[each.name] = package
                kept.append((package, each))

    for package in bring:
        optional.attempt(f"{owner} {package}", partial(take, package))
    return kept
