"""Markdown and mail at the beginning of a line: headings, lists, quotes, tables, rules, definitions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from steadyvoice.workers.text.markup import fences
from steadyvoice.workers.text.markup.state import MAX_QUOTE, Block
from steadyvoice.workers.text.markup.view import Found, Part, View
from steadyvoice.workers.text.patterns import lazy

_MAX_LINE: Final = 1000
_BULLETS: Final = "-*+•‣◦⁃▪●○"
_INDENT: Final = lazy(r"[ \t]*")
_BLANK: Final = lazy(r"\r*(?:\Z|(?P<newline>\n))")
_QUOTE: Final = lazy(r"(?:>[ \t]?(?=>|(?P<text>)))+")
_MARKS: Final = lazy(r"[-*_=~+|: \t]*")
_HEADING: Final = lazy(r"#{1,7}(?:\Z|[ \t]+(?P<text>(?:o(?:f(?:\Z|\b)|\Z))?)|(?P<empty>(?=[\r\n])))")
_RULE: Final = lazy(r"(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}|~{6,}|\+(?:[-=]+\+)+)[ \t]*")
_HEAD_END: Final = lazy(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_BULLET: Final = lazy(
    rf"[{_BULLETS}](?:\Z|[ \t]+(?:\Z|\[(?:\Z|[ xX](?:\Z|\](?:\Z|(?P<box>[ \t]+))))|(?P<text>(?=\S))))"
)
_NUMBER: Final = lazy(
    r"[0-9]{1,3}(?:\Z|[.)](?:\Z|[ \t]+(?:\Z|(?P<box>\[(?:\Z|[ xX](?:\Z|\](?:\Z|(?P<end>[ \t]+))))))))"
)
_NOTE: Final = lazy(r"\[(?:\Z|\^[^]\s]{0,40}(?:\Z|\](?:\Z|(?P<colon>:[ \t]*))))")
_LABEL: Final = lazy(r"\[[^]^\n][^]\n]{0,100}(?:\Z|\](?:\Z|(?P<colon>:)))")
_TARGET: Final = lazy(r"[ \t]*(?P<address>\S*)(?P<title>[ \t]*(?:[\"'(][^\n]*)?)")
_TITLE: Final = lazy(r"\s*(?:\"[^\"]*\"|'[^']*'|\([^()]*\))?\s*")
_IS_ADDRESS: Final = lazy(
    r"<[^<>]*>|[A-Za-z][\w+.-]*:\S+|[./#]\S*|www\.\S+|\S*[\w-]\.[A-Za-z]{2,6}(?:[/?#]\S*)?|\S+/\S*"
)
_ROW: Final = lazy(r"[^\n]*\n?")
_BAR: Final = lazy(r"(?<!\\)\|")
_CELL_BEGIN: Final = lazy(r"(?:\|[ \t]*)+")


def begin(view: View) -> Found | None:
    """The construct that begins with a line; None for a line of plain text."""
    indent_match = view.match(_INDENT, 60)
    assert indent_match
    indent, first = len(indent_match[0]), view.char(indent_match.end())
    if not first or indent >= 60:
        return None
    at = view.at + indent
    if first in "\r\n" and (blank := view.match(_BLANK, 80, at)) and blank["newline"]:
        text = view.text[view.at : blank.end()]
        quote = view.state.quote if view.before[-1] == ">" or view.before == "> " else 0
        state = replace(view.state, table=0, quote=quote, opened=(), block=Block.PARAGRAPH)
        return view.said(len(text), text, state, line_begin=True)
    if first == ">" and (found := _quote(view, indent)):
        return found
    if view.state.quote and view.before[-1] == "\n":
        return Found(0, (Part("\n", 0, 0),), replace(view.state, quote=0, opened=()), True)
    if view.state.code:
        return None
    for construct in _CONSTRUCTS.get(first, ()):
        if found := construct(view, at):
            return found
    return _row(view, at) if view.state.table or first == "|" else None


def _quote(view: View, indent: int) -> Found | None:
    found = view.match(_QUOTE, 100, view.at + indent)
    if found is None or indent > 3:
        return None
    following = view.char(found.end())
    if found[0][-1] == ">" and (following.isdigit() or following in tuple("=:;_.<()/|\\")):
        return None  # an expression such as >=5, or a face
    level = min(found[0].count(">"), MAX_QUOTE)
    length = found.end() - view.at
    if level == view.state.quote:
        return view.dropped(length, line_begin=True)
    text = "" if view.first else "\n"
    return view.said(length, text, replace(view.state, quote=level, opened=()), line_begin=True)


def _marks(view: View, at: int) -> Found | None:
    """A line without letters: a rule, the line under a heading, the line under a table's head, a signature's."""
    marks = view.match(_MARKS, _MAX_LINE, at)
    assert marks
    if view.char(marks.end()) not in ("", "\r", "\n"):
        return None
    length = marks.end() - view.at
    if "|" in marks[0] and "-" in marks[0] and _HEAD_END.fullmatch(marks[0]):
        return view.dropped(length, replace(view.state, table=1))
    if marks[0] == "-- " or _RULE.fullmatch(marks[0]):
        return view.said(length, "\n", replace(view.state, opened=()))
    return None


def _bullet(view: View, at: int) -> Found | None:
    found = view.match(_BULLET, 100, at)
    if found is None:
        return None
    length = found.end() - view.at
    if found["box"] is None and found["text"] is None:
        return None
    done = "done: " if found["box"] and "x" in found[0].lower() else ""
    return view.said(length, ("" if view.first else "\n") + done, replace(view.state, opened=()))


def _number(view: View, at: int) -> Found | None:
    """A numbered item is plain text; its box is not."""
    found = view.match(_NUMBER, 100, at)
    if found is None or found["end"] is None:
        return None
    start, box = view.at, found.start("box")
    number = Part(view.text[start:box], 0, box - start)
    done = (Part("done: ", box - start, found.end() - start),) if "x" in found["box"].lower() else ()
    return Found(found.end() - start, (number, *done), replace(view.state, opened=()))


def _heading(view: View, at: int) -> Found | None:
    found = view.match(_HEADING, 100, at)
    if at - view.at > 3:
        return None  # a comment in indented code
    if found is None or found[0].count("#") > 6 or found["text"] or found.lastgroup is None:
        return None  # "# of pages" means a number
    text = "" if view.first else "\n"
    return view.said(found.end() - view.at, text, replace(view.state, block=Block.HEADING, opened=()))


def _definition(view: View, at: int) -> Found | None:
    if note := view.match(_NOTE, 60, at):
        return view.said(note.end() - view.at, "\n", replace(view.state, opened=())) if note["colon"] else None
    label = view.match(_LABEL, 120, at)
    if label is None or not label["colon"]:
        return None
    target = view.match(_TARGET, _MAX_LINE, label.end())
    assert target
    if view.char(target.end()) not in ("", "\r", "\n"):
        return None
    if not _IS_ADDRESS.fullmatch(target["address"]) or not _TITLE.fullmatch(target["title"]):
        return None
    return view.dropped(target.end() - view.at)


def _row(view: View, at: int) -> Found | None:
    """The beginning of a row of a table, without its first bar."""
    if not view.state.table:
        row = view.match(_ROW, _MAX_LINE, at)
        assert row
        text = row[0].rstrip()
        is_whole = row[0].endswith("\n") or (view.closed and row.end() == len(view.text))
        if not is_whole or text[-1] != "|" or len(_BAR.findall(text)) < 2 or not text.strip("| \t"):
            return None
    bars = view.match(_CELL_BEGIN, _MAX_LINE, at)
    return view.dropped((bars.end() if bars else at) - view.at, replace(view.state, block=Block.ROW))


_CONSTRUCTS: Final[dict[str, tuple[Callable[[View, int], Found | None], ...]]] = {
    **dict.fromkeys(_BULLETS, (_bullet,)),
    **dict.fromkeys("-*+", (_marks, _bullet)),
    **dict.fromkeys("_=|:", (_marks,)),
    **dict.fromkeys("0123456789", (_number,)),
    "~": (fences.beginning, _marks),
    "`": (fences.beginning,),
    "#": (_heading,),
    "[": (_definition,),
}
"""By a line's first character after its indentation."""
