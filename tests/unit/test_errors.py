"""The tree of errors, and the description of any exception in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc import errors
from steadyvoice.ipc.errors import RequestRefused, Signal, SteadyvoiceError, describe


class Mute(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PermissionError(13, "Permission denied", "/x"), "Permission denied: /x"),
        (FileNotFoundError(2, "No such file", b"/\xff"), "No such file: /\\udcff"),
        (OSError(5, "Input/output error", 7), "Input/output error: 7"),
        (OSError("of its own"), "OSError: of its own"),
        (OSError(), "OSError"),
        (KeyError("x"), "KeyError: 'x'"),
        (RequestRefused("text_empty", "say something"), "say something"),
        (ValueError("a\n\tb\x1b[31m"), "ValueError: a b\\x1b[31m"),
        (Mute(), "Mute: its message cannot be read: KeyboardInterrupt"),
        (SystemExit(3), "SystemExit: 3"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
         "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)  # fmt: skip
def test_describe(error: BaseException, line: str) -> None:
    assert describe(error) == line


@given(st.text(), st.integers(1, 300))
def test_it_is_one_line_of_a_bounded_length(text: str, most: int) -> None:
    line = describe(ValueError(text * 50), most)
    assert line.isprintable()
    line.encode()
    assert len(line) <= 10 * most + 1


TREE = {
    "SteadyvoiceError": {
        "RequestRefused", "UtteranceFailed", "BadModelFile", "DeviceUnavailable", "NotInstalled", "RingUnusable",
        "UnusableSocketPath", "UnusableSource", "WireError",
    },
    "Signal": {"Stopping", "SupervisorGone", "Fenced", "Stale"},
}  # fmt: skip


def test_the_tree_is_one_level_deep_and_has_two_roots() -> None:
    classes = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, BaseException)}
    found = {root: {each.__name__ for each in classes if each.__bases__[0].__name__ == root} for root in TREE}
    assert found == TREE
    assert {each.__name__ for each in classes} == set(TREE).union(*TREE.values())


def test_no_signal_is_an_exception_that_a_library_may_catch_or_raise() -> None:
    assert not issubclass(Signal, Exception)


@pytest.mark.parametrize("root", [SteadyvoiceError, Signal])
def test_no_error_derives_from_a_built_in_one(root: type[BaseException]) -> None:
    """If NotInstalled were a KeyError, ``except KeyError`` could not tell it from a bug in a plugin."""
    assert all(kind.__bases__ == (root,) for kind in root.__subclasses__() if kind.__module__ == errors.__name__)
