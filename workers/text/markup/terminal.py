"""Control sequences of terminals (ECMA-48), carriage returns and backspaces."""

from dataclasses import replace
from typing import Final

from steadyvoice.workers.text.markup.state import Block
from steadyvoice.workers.text.markup.view import Found, View
from steadyvoice.workers.text.patterns import lazy

_MAX_STRING: Final = 2000
_SEQUENCE: Final = lazy(
    r"\x1b(?:\Z"
    r"|\[(?P<parameters>[0-?]{0,64})[ -/]{0,8}(?:\Z|(?P<control>[@-~]))"
    r"|[\]PX^_][^\x07\x1b\n]*(?:\Z|\x1b\Z|(?P<string>\x07|\x1b\\))"  # titles, hyperlinks, device strings
    r"|[ #%()*+./-](?:\Z|(?P<set>[0-~]))"  # character sets
    r"|(?P<short>[0-OQ-WYZ\\`-~]))"
)
_RETURN: Final = lazy(r"\r+(?P<newline>\n)?")
_BACKSPACES: Final = lazy(r"\x08+")
_ROW_CHANGES: Final = "ABEFHdf"


def sequence(view: View) -> Found | None:
    found = view.match(_SEQUENCE, _MAX_STRING)
    if found is None or found.lastgroup in (None, "parameters"):
        return None
    length, control = found.end() - view.at, found["control"]
    if control == "G" and found["parameters"] in ("", "0", "1"):
        return Found(length, (), view.state, view.line_begin, returns=True)
    if control and control in _ROW_CHANGES and not view.line_begin:
        return view.said(length, "\n", replace(view.state, block=Block.PARAGRAPH), line_begin=True)
    if control and control in "CG":
        return view.said(length, " ")
    return view.dropped(length, line_begin=view.line_begin)


def carriage_return(view: View) -> Found | None:
    """A line's end, or a return to the line's beginning, which is then overwritten."""
    found = view.match(_RETURN, 16)
    assert found
    length = found.end() - view.at
    if found["newline"]:
        return line_end(view, length)
    return Found(length, (), view.state, line_begin=True, returns=view.char(found.end()) != "")


def line_end(view: View, length: int) -> Found:
    """A heading or a row of a table ends with a blank line, as does a line with two spaces at its end."""
    newline = view.text[view.at : view.at + length]
    is_end = view.state.block != Block.PARAGRAPH or view.before == "  "
    state = replace(view.state, block=Block.PARAGRAPH, opened=() if view.state.block else view.state.opened)
    return view.said(length, newline + "\n" * is_end, state, line_begin=True)


def backspace(view: View) -> Found:
    """A character that is printed twice, or underlined, is kept once. Other backspaces are left to the segmenter."""
    following = view.char(view.at + 1)
    if following and following in (view.before[-1:], "_") and following != "\b":
        return view.dropped(2)
    found = view.match(_BACKSPACES, 100)
    assert found
    return view.kept(0, found.end() - view.at, found.end() - view.at)
