"""Turns msgspec's message about an invalid configuration into one in terms of the TOML file."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import inspect

from steadyvoice.ipc.errors import one_line

_SHOWN_CHARS: Final = 60
ADDRESS: Final = r"^((localhost|[0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5})?$"
TEXTFILE: Final = r"^(/.*\.prom)?$"
URL: Final = r"^(https?://[^\s/]+(/\S*)?)?$"
_PATTERNS: Final = {
    r"^(auto|cpu|cuda:\d+)$": '"auto", "cpu" or a GPU such as "cuda:0"',
    ADDRESS: 'an IP address or localhost with a port, such as "127.0.0.1:9464"',
    TEXTFILE: "the absolute path of a file that ends in .prom",
    URL: 'a URL such as "http://127.0.0.1:4318/v1/traces"',
}


def explain(message: str, data: Mapping[str, Any], kind: type[msgspec.Struct]) -> str:
    """One line: an unknown key with the most similar valid one; or the key, what it must be, and what it is.

    message: of msgspec.ValidationError. data: the parsed file. kind: the struct that it was converted to.
    """
    if found := re.search(r"unknown field `([^`]*)`(?: - at `\$\.?(.*)`)?", message):
        return _unknown(found[1], found[2] or "", kind)
    place = message.rpartition(" - at `$.")[2].rstrip("`")
    path, _, index = place.partition("[")
    *tables, key = path.split(".")
    value: Any = data
    wanted: Any = inspect.type_info(kind)
    for name in (*tables, key):
        value = value[name]
        wanted = next(field.type for field in wanted.fields if field.name == name)
    if isinstance(wanted, inspect.DictType) and index:
        value, wanted = next(each for each in value.values() if not isinstance(each, str)), wanted.value_type
    elif index:
        number = int(index.rstrip("]"))
        value, wanted = value[number], wanted.item_type
    each = "each item of " if index else ""
    table = f" in [{'.'.join(tables)}]" if tables else ""
    return f"{each}{key}{table} must be {expected(wanted)}, not {shown(value)}"


def _unknown(key: str, table: str, kind: type[msgspec.Struct]) -> str:
    named = kind
    for name in filter(None, table.split(".")):
        named = next(field.type for field in msgspec.structs.fields(named) if field.name == name)
    known = named.__struct_fields__
    return f"unknown key {key!r}{f' in [{table}]' if table else ''}; {nearest(key, known)}"


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint: the most similar known name, or all of them."""
    near = difflib.get_close_matches(name, known, 1, 0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"


def expected(kind: Any) -> str:
    """What a value of this type must be, with its range. kind: from msgspec.inspect."""
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=low, le=high):
            return "a whole number" + _range(low, high)
        case inspect.FloatType(ge=low, le=high):
            return "a number" + _range(low, high)
        case inspect.StrType(pattern=pattern):
            return _PATTERNS.get(pattern or "", "text in quotes")
        case inspect.LiteralType(values=values):
            *others, last = [f'"{value}"' for value in sorted(map(str, values))]
            return f"{', '.join(others)} or {last}" if others else last
        case inspect.DictType():
            return "a table of names and texts in quotes"
        case inspect.VarTupleType(min_length=1):
            return "a list of names in quotes, of one at least"
        case inspect.VarTupleType(item_type=item):
            return (
                f"a list, of {expected(item)}" if not isinstance(item, inspect.StrType) else "a list of names in quotes"
            )
        case inspect.StructType(cls=cls):
            return f"a table, [{cls.__name__.lower()}]"
    return "of another kind"


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    return f" from {low:g}" if high is None else f" from {low:.12g} to {high:.12g}"


def shown(value: object) -> str:
    """A value as it is written in TOML, abbreviated."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case str() | int() | float():
            return one_line(repr(value), _SHOWN_CHARS)
    return one_line(str(value), _SHOWN_CHARS)
