"""How a chain of plugins is written: ``gain:db=-6,lowpass:hz=800:q=0.7,~/robot.py``.

A comma separates plugins. A colon separates a plugin's reference from its parameters, NAME=VALUE each. The reference is
the name of an entry point, ``MODULE:CLASS``, ``FILE.py`` or ``FILE.py:CLASS``: what follows the first colon is a class
where it has no ``=``. A backslash before a comma, a colon or a backslash makes it part of a name or value.
"""

import re
from dataclasses import dataclass

from steadyvoice.workers.plugins.plugin import PluginRefused


@dataclass(frozen=True)
class Spec:
    """One plugin of a chain, as it was asked for."""

    reference: str
    values: tuple[tuple[str, str], ...] = ()
    """Name and value of the parameters that are not to have their defaults."""

    def __str__(self) -> str:
        head, colon, kind = self.reference.rpartition(":")
        reference = f"{_escaped(head)}:{kind}" if colon else _escaped(kind)
        return ":".join([reference, *(f"{name}={_escaped(value)}" for name, value in self.values)])


def parse(text: str) -> tuple[Spec, ...]:
    """The plugins of a chain, in order; none for empty text. PluginRefused."""
    return tuple(_spec(part) for part in _split(text, ",")) if text.strip() else ()


def _spec(text: str) -> Spec:
    head, *rest = [part.strip() for part in _split(text, ":")]
    if not head:
        raise PluginRefused(
            "unknown_plugin", f"a plugin's name is missing in {text!r}; as in gain:db=-6,lowpass:hz=800"
        )
    if rest and "=" not in rest[0]:
        kind = rest.pop(0)
        if not kind.isidentifier():
            raise PluginRefused("unknown_plugin", f"{kind!r} is no name of a class; as in {head}:Robot or gain:db=-6")
        head = f"{_plain(head)}:{kind}"
    else:
        head = _plain(head)
    values: dict[str, str] = {}
    for part in rest:
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise PluginRefused("bad_parameter", f"{head}: {part!r} is no NAME=VALUE, as in gain:db=-6")
        if name in values:
            raise PluginRefused("bad_parameter", f"{head}: {name} is given twice")
        values[name] = _plain(value.strip())
    return Spec(head, tuple(values.items()))


def _split(text: str, mark: str) -> list[str]:
    """At each mark without a backslash before it; escapes are kept."""
    parts, begin = [], 0
    for found in re.finditer(rf"\\.|{mark}", text, re.S):
        if found[0] == mark:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return [*parts, text[begin:]]


def _plain(text: str) -> str:
    return re.sub(r"\\([,:\\])", r"\1", text)


def _escaped(text: str) -> str:
    return re.sub(r"([,:\\])", r"\\\1", text)
