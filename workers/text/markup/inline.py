"""Markdown inside a line: emphasis, code, links, footnotes, backslashes, and the cells of a table.

The mark that opens a construct is removed once its closing mark was seen; the text between is then read as any other.
The closing mark is removed because the state says that it is awaited. So a text can be continued at each character.
"""

import re
from dataclasses import replace
from typing import Final

from steadyvoice.workers.text.markup.state import LINK, Block, State
from steadyvoice.workers.text.markup.terminal import line_end
from steadyvoice.workers.text.markup.view import Found, Undecided, View
from steadyvoice.workers.text.patterns import lazy

MAX_EMPHASIS: Final = 160
"""Characters after which emphasis that has not ended yet is taken for it where its mark is a double one."""
MAX_CODE: Final = 200
MAX_LINK_TEXT: Final = 300
MAX_LINK: Final = 2500
_MAX_BRACKETS: Final = 20

_ENDS: Final = {False: r"(?P<end>\n[ \t]*(?:[-+>#|]|\* |\r*\n|\Z))", True: r"(?P<end>\n)"}
"""Where a paragraph ends, and where a heading or a row of a table does."""
_RUN: Final = lazy(r"(?P<mark>[*_~`])(?P=mark)*")
_NO_WORD: Final = r"(?![^\W\u2e80-\U0010ffff])"
"""No character of a word follows, but for scripts without spaces between words."""
_CODE_BEFORE: Final = "$@#=([{"
_CODE_AFTER: Final = "$@#=({"
"""A single mark between these signs is one of code, as in $_[0]: it ends nothing."""
_IN_TEXT: Final = rf"(?<![{re.escape(_CODE_BEFORE)}])", rf"(?![{re.escape(_CODE_AFTER)}]){_NO_WORD}"
_CLOSING: Final = {
    (mark, in_line): lazy(rf"(?<![\s\\{mark[0]}])(?:{closing})|{end}")
    for in_line, end in _ENDS.items()
    for mark, closing in {
        "*": r"(?:\*|\*{3})(?!\*)".join(_IN_TEXT), "**": r"\*{2,}", "***": r"\*{1,3}",
        "_": r"(?:_|_{3})(?!_)".join(_IN_TEXT), "__": rf"_{{2,}}{_NO_WORD}", "___": rf"_{{1,3}}{_NO_WORD}",
        "~~": rf"~~(?!~){_NO_WORD}",
    }.items()
}  # fmt: skip
_CODE_END: Final = {
    (mark, in_line): lazy(rf"(?:(?<![\s`]){mark}|(?<=\s){mark}(?!\w))(?!`)|{end}")
    for in_line, end in _ENDS.items()
    for mark in ("`", "``", "```")
}
_BEFORE: Final = "([{\"'\u201c\u2018\u00ab\u2014\u2013-:;,*_~>|"
_AFTER: Final = "([{\"'\u201c\u2018\u00ab\u2014\u2013-$#@&+<`\\*_~%\u00bf\u00a1"
_BRACKET: Final = lazy(r"\\.|[][]|\n[ \t]*\n")
_FOOTNOTE: Final = lazy(r"\[\^(?:\Z|[^][\s^]{1,40}(?:\Z|(?P<end>\])))")
_TITLE: Final = r"""(?:[ \t\n]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t\n]*"""
_TARGET: Final = lazy(
    rf"\([ \t\n]*(?P<address><[^<>\n]*>|(?:[^\s()<]|\([^\s()]*\))(?:[^\s()]|\([^\s()]*\))*|){_TITLE}\)"
)
_NO_TARGET: Final = lazy(r"\([ \t]*[^\s()<]+\s+[^\s\"'()]|\([^()\n]*\n[ \t]*\n")
_LABEL: Final = lazy(r"\[[^][\n]{0,100}(?:\Z|(?P<end>\]))")
_ADDRESS: Final = lazy(r"[/:.#@?]")
_CELL_END: Final = lazy(r"[ \t]*(?:(?:\|[ \t]*)+)?")
_HASHES: Final = lazy(r"#+[ \t]*")
_ESCAPED: Final = frozenset("`*_{}[]()#+-.!|<>~$&")


def _is_wide(char: str) -> bool:
    """Of a script without spaces between words, or its punctuation."""
    return char >= "\u2e80"


def run(view: View) -> Found | None:
    """Asterisks, underscores, tildes or backticks."""
    found = view.match(_RUN, 100)
    assert found
    mark = found[0]
    if mark[0] == "`":
        return _code(view, mark, view.char(found.end()))
    after = view.char(found.end())
    if mark == "_" and after == "\b":  # an underlined character
        return view.dropped(2)
    if (mark[0] == "~" and len(mark) != 2) or len(mark) > 6:
        return view.kept(0, len(mark), len(mark))
    return _closed(view, mark, after) or _opened(view, mark, after) or view.kept(0, len(mark), len(mark))


def _closed(view: View, mark: str, after: str) -> Found | None:
    left, opened = len(mark), view.state.opened
    in_word = after.isalnum() and not _is_wide(after)
    in_code = left == 1 and (view.before[-1] in _CODE_BEFORE or (after and after in _CODE_AFTER))
    if in_code or view.before[-1].isspace() or (in_word and (left == 1 or mark[0] in "_~" or mark not in opened)):
        return None
    while left:
        at = max((i for i, other in enumerate(opened) if other[0] == mark[0] and len(other) <= left), default=-1)
        if at < 0:
            break
        left -= len(opened[at])
        opened = opened[:at] + opened[at + 1 :]
    if left == len(mark):
        return None
    return view.kept(len(mark) - left, len(mark), len(mark), replace(view.state, opened=opened))


def _opened(view: View, mark: str, after: str) -> Found | None:
    before, size = view.before[-1], len(mark)
    begins_word = before.isspace() or before in _BEFORE or _is_wide(before)
    if not begins_word or not (after.isalnum() or (after and after in _AFTER) or after > "\u2000"):
        return None
    closing = _CLOSING.get((mark, view.state.block > 0))
    marks = (mark[:1], mark[1:]) if size == 3 else (mark,)  # three are one and two, which may end in either order
    state = view.state.opening(*marks)
    if state is None or closing is None:
        return None
    try:
        found = view.search(closing, MAX_EMPHASIS, view.at + size)
    except Undecided:
        if not view.halted or " " not in view.text[view.at :]:
            raise
        return view.dropped(size, state)  # the writer waits inside of it
    is_long = found is None and size > 1 and len(view.text) - view.at >= MAX_EMPHASIS
    return view.dropped(size, state) if is_long or (found and found["end"] is None) else None


def _code(view: View, mark: str, after: str) -> Found:
    size = len(mark)
    begins_word = view.before[-1].isspace() and (after.isalnum() or after == "_")  # `as here' and `here'
    if mark == view.state.code and not begins_word:
        return view.dropped(size, replace(view.state, opened=view.state.opened[:-1]))
    closing = _CODE_END.get((mark, view.state.block > 0))
    if not view.state.code and closing and (state := view.state.opening(mark)):
        found = view.search(closing, MAX_CODE, view.at + size)
        if found and found["end"] is None:
            return view.dropped(size, state)
    return view.kept(0, size, size)


def bracket(view: View) -> Found | None:
    """A footnote's number, or the beginning of a link or an image."""
    if view.text[view.at] == "!":
        if not view.halted and view.char(view.at + 1) == "[" and _is_link(view, view.at + 1):
            return view.dropped(2, view.state.opening(LINK))
        return None
    footnote = view.match(_FOOTNOTE, 50)
    if footnote:
        return view.dropped(footnote.end() - view.at) if footnote["end"] else None
    if (end := _is_link(view, view.at)) and (state := view.state.opening(LINK)):
        is_number = view.text[view.at + 1 : end].isdecimal() and view.before[-1].isalnum()
        return view.dropped(end - view.at if is_number else 1, state)
    return None


def _is_link(view: View, start: int) -> int:
    """Where the link's text ends; 0 where there is no link."""
    depth, at = 1, start + 1
    if view.state.opening(LINK) is None or view.char(at) == "[":
        return 0
    for _ in range(_MAX_BRACKETS):
        found = view.search(_BRACKET, MAX_LINK_TEXT, at) if at else None
        if found is None or found[0][0] == "\n":
            return 0
        depth += (found[0] == "[") - (found[0] == "]")
        at = found.end()
        if not depth:
            break
    else:
        return 0
    target = _target(view, at)
    if target is None:
        return 0
    if view.before[-1].isalnum() and not _ADDRESS.search(target[0]):
        return 0  # an expression such as f[i](x)
    is_citation = target[0][0] == "[" and view.text[start + 1 : at - 1].isdecimal()
    return 0 if is_citation else at - 1


def _target(view: View, at: int) -> re.Match[str] | None:
    """The address or the label after a link's text."""
    following = view.char(at)
    if following == "[":
        found = view.match(_LABEL, MAX_LINK, at)
        return found if found and found["end"] else None
    if following != "(":
        return None
    stop = view.at + MAX_LINK
    if _NO_TARGET.match(view.text, at, stop):
        return None
    found = _TARGET.match(view.text, at, stop)
    if found is None and not view.closed and len(view.text) < stop:
        raise Undecided
    return found


def link_end(view: View) -> Found | None:
    if LINK not in view.state.opened or (target := _target(view, view.at + 1)) is None:
        return None
    at = max(i for i, mark in enumerate(view.state.opened) if mark == LINK)
    return view.dropped(target.end() - view.at, replace(view.state, opened=view.state.opened[:at]))


def backslash(view: View) -> Found | None:
    following = view.char(view.at + 1)
    if following == "*" and view.before[-1].isalnum() and view.char(view.at + 2) == ".":
        return view.kept(0, 2, 2)  # files of a folder: C:\\temp\\*.txt
    if following in _ESCAPED:
        return view.kept(1, 2, 2)
    if following == "\\":
        return view.kept(0, 2, 2)
    if following == "\n":
        found = line_end(view, 2)
        return view.said(2, "\n\n", found.state, line_begin=True)
    return None


def cell_end(view: View) -> Found | None:
    """Spaces or a bar in a row of a table."""
    found = view.match(_CELL_END, 200)
    assert found
    length = found.end() - view.at
    if "|" not in found[0]:
        return view.kept(0, length, length) if length else None
    is_last = view.char(found.end()) in ("", "\r", "\n")
    return view.said(length, "" if is_last else ", ")


def hashes(view: View) -> Found | None:
    """Number signs at a heading's end."""
    found = view.match(_HASHES, 50)
    assert found
    is_last = view.before[-1].isspace() and view.char(found.end()) in ("", "\r", "\n")
    return view.dropped(found.end() - view.at) if is_last else None


def in_row(state: State) -> bool:
    return state.block == Block.ROW and not state.code
