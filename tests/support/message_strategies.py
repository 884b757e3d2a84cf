"""Any message, for property tests: values of the types that its fields have."""

import types
import typing
from collections.abc import Mapping

import msgspec
from hypothesis import strategies as st

S = typing.TypeVar("S", bound=msgspec.Struct)
CHARS = st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n\r\0{}"\\é漢🎉')
TEXT = st.text(CHARS, max_size=300)
NUMBER = st.integers(-(1 << 63), (1 << 63) - 1)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBER | FLOAT | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SIMPLE = {str: TEXT, int: NUMBER, float: FLOAT, bool: st.booleans(), object: PLAIN, type(None): st.none()}
SIMPLE[bytes] = st.binary(max_size=300)
ANNOTATED = {
    msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1): NUMBER,
    msgspec.Meta(ge=0): st.integers(0, (1 << 63) - 1),
    msgspec.Meta(ge=0, le=3600): st.floats(0, 3600),
    msgspec.Meta(gt=0, le=600): st.floats(0.001, 600),
    msgspec.Meta(ge=1, le=1000): st.integers(1, 1000),
    msgspec.Meta(max_length=128): st.text(CHARS, max_size=128),
    msgspec.Meta(max_length=4096): st.text(CHARS, max_size=100),
}


def values(hint: typing.Any) -> st.SearchStrategy[typing.Any]:
    """Values of a field's type."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    if typing.get_origin(hint) is typing.Annotated:
        return ANNOTATED[typing.get_args(hint)[1]]
    inside = typing.get_args(hint)
    match typing.get_origin(hint):
        case typing.Literal:
            return st.sampled_from(inside)
        case types.UnionType | typing.Union:
            return st.one_of(*map(values, inside))
        case builtin if builtin is list:
            return st.lists(values(inside[0]), max_size=5)
        case builtin if builtin is tuple:
            return st.tuples(*map(values, inside))
        case builtin if builtin in (dict, Mapping):
            return st.dictionaries(values(inside[0]), values(inside[1]), max_size=5)
    return structs(hint)


def structs(kind: type[S]) -> st.SearchStrategy[S]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: values(hint) for name, hint in hints.items()})
