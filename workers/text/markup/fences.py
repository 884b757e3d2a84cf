"""Blocks of code between lines of backticks or tildes: what they are is said, not the code."""

import re
from dataclasses import replace
from typing import Final

from steadyvoice.workers.text.markup.state import MAX_FENCE, State
from steadyvoice.workers.text.markup.view import Found, Part, Undecided, View
from steadyvoice.workers.text.patterns import lazy

_MAX_LINE: Final = 200
_BEGINNING: Final = lazy(r"(?P<mark>`{1,15}|~{1,15})(?P<info>[^\n`]*)(?P<newline>\n)?")
_END: Final = lazy(r"[ \t>]{0,40}(?P<mark>`{1,60}|~{1,60})(?P<info>[ \t\w+#.-]{0,40}?)[ \t]*\r?(?:\Z|(?P<newline>\n))")
_PREFIX: Final = lazy(r"[ \t>]{0,40}(?:`{1,60}|~{1,60})?[ \t\w+#.-]{0,40}\r?")
_QUOTED: Final = lazy(r"[ \t]{0,40}>")
_WORD: Final = lazy(r"\{?\.?([A-Za-z][\w+#.-]{0,20})")
_MARKDOWN: Final = ("markdown", "md", "mdx")
_LANGUAGES: Final = {
    "bash": "shell", "c++": "C++", "c#": "C#", "cpp": "C++", "cs": "C#", "csharp": "C#", "css": "CSS",
    "console": "console", "golang": "Go", "go": "Go", "html": "HTML", "ini": "configuration", "java": "Java",
    "javascript": "JavaScript", "js": "JavaScript", "json": "JSON", "jsonc": "JSON", "jsx": "JavaScript",
    "kt": "Kotlin", "latex": "LaTeX", "md": "markdown", "objc": "Objective-C", "php": "PHP", "pl": "Perl",
    "powershell": "PowerShell", "ps1": "PowerShell", "py": "python", "python3": "python", "rb": "Ruby", "rs": "Rust",
    "sh": "shell", "shell-session": "shell", "sql": "SQL", "tex": "LaTeX", "toml": "TOML", "ts": "TypeScript",
    "tsx": "TypeScript", "typescript": "TypeScript", "vb": "Visual Basic", "xml": "XML", "yaml": "YAML",
    "yml": "YAML", "zsh": "shell",
    "": "", "none": "", "plain": "", "plaintext": "", "text": "", "txt": "",
}  # fmt: skip


def beginning(view: View, at: int) -> Found | None:
    """at: where the marks begin."""
    found = view.match(_BEGINNING, _MAX_LINE, at)
    assert found
    size = len(found["mark"])
    is_tilde = found["mark"][0] == "~"
    is_whole = found["newline"] or (view.closed and found.end() == len(view.text))
    # More than five tildes are a rule in plain text.
    if not is_whole or not 3 <= size <= (5 if is_tilde else MAX_FENCE):
        return None
    word = _WORD.match(found["info"].strip())
    language = word[1].lower() if word else ""
    name = _LANGUAGES.get(language, language if language.isalpha() else "")
    state = replace(view.state, fence=size, tilde=int(is_tilde), nested=int(language in _MARKDOWN), opened=())
    length = found.end() - view.at - bool(found["newline"])
    # The last piece is short of the newline, so that no restart is at the beginning of a line.
    return Found(length, (Part(f"\n{name} code omitted.\n\n".replace("\n ", "\n"), 0, length),), state)


def line(view: View) -> Found:
    """A line in a block of code, from its first character, or the rest of a line."""
    if view.line_begin:
        _undecided(view)
        if view.state.quote and not _QUOTED.match(view.text, view.at):
            return view.dropped(0, replace(view.state, fence=0, tilde=0, nested=0), line_begin=True)
        end = _END.match(view.text, view.at, view.at + _MAX_LINE)
        if end and (end["newline"] or end.end() == len(view.text)) and end["mark"] and (state := _ended(view, end)):
            return view.dropped(end.end() - bool(end["newline"]) - view.at, state)
    newline = view.text.find("\n", view.at)
    if newline < 0:
        return view.dropped(len(view.text) - view.at)
    return view.dropped(newline + 1 - view.at, line_begin=True)


def _undecided(view: View) -> None:
    prefix = _PREFIX.match(view.text, view.at, view.at + _MAX_LINE)
    if prefix and prefix.end() == len(view.text) and not view.closed:
        raise Undecided


def _ended(view: View, end: re.Match[str]) -> State | None:
    """The state after a line of marks only; None where the line belongs to the code."""
    state, mark = view.state, end["mark"]
    if (mark[0] == "~") != state.tilde or len(mark) < 3:
        return None
    if state.nested and end["info"].strip():
        return replace(state, nested=2)
    if end["info"].strip() or len(mark) < state.fence:
        return None
    if state.nested == 2:
        return replace(state, nested=1)
    return replace(state, fence=0, tilde=0, nested=0)
