"""HTML: tags of known elements, comments, entities, and addresses in angle brackets."""

import html
import re
from dataclasses import replace
from html.entities import html5
from typing import Final

from steadyvoice.workers.text.markup.state import Block, Hidden
from steadyvoice.workers.text.markup.view import Found, Undecided, View
from steadyvoice.workers.text.patterns import lazy

_MAX_TAG: Final = 1000
_MAX_COMMENT: Final = 4000
_MAX_ADDRESS: Final = 500
_BLOCKS: Final = frozenset(
    "address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre"
    " section select summary table tbody textarea tfoot thead title tr ul".split()
)
_IN_WORD: Final = frozenset(
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i ins kbd mark p q rp rt ruby s samp small span"
    " strike strong sub sup time tt u var wbr td th tr li".split()
)
_ELEMENTS: Final = (
    _BLOCKS
    | _IN_WORD
    | frozenset(
        "area audio base canvas col colgroup datalist embed iframe img input label link map meta meter nobr noscript"
        " object output param picture progress script slot source style svg template track video".split()
    )
)
_FLAGS: Final = (
    "allowfullscreen|async|autofocus|autoplay|checked|compact|controls|default|defer|disabled|download|formnovalidate"
    "|hidden|inert|ismap|itemscope|loop|multiple|muted|nomodule|noshade|novalidate|nowrap|open|playsinline|readonly"
    "|required|reversed|selected"
)
_NAME: Final = lazy(r"</?(?:[A-Za-z][A-Za-z0-9]{0,20})?")
_ATTRIBUTES: Final = lazy(
    rf"(?:\s+(?:(?:{_FLAGS})(?![^\s/>])|[\w:@.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+)))*\s*/?", re.IGNORECASE
)
_REST: Final = lazy(r"(?:[^<>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*")
_BARE: Final = lazy(rf"\s+(?!(?:{_FLAGS})\s)[\w:@.-]+\s+[^\s=]|\s+[^\s\w:@./-]", re.IGNORECASE)
_CELLS: Final = lazy(r"</t[dh]\s*>\s*(?:\Z|(?P<next><)(?:\Z|t(?:\Z|[dh](?:\Z|(?P<cell>[\s>])))))", re.IGNORECASE)
_POWER: Final = lazy(
    r"<sup>(?P<digits>[0-9]{0,9})(?:\Z|<(?:\Z|/(?:\Z|s(?:\Z|u(?:\Z|p(?:\Z|(?P<end>>)))))))", re.IGNORECASE
)
_ALTERNATIVE: Final = lazy(r"\salt\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_SUPERSCRIPTS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARKED: Final = lazy(
    r"<(?:\Z|!(?:\Z|-(?:\Z|(?P<comment>-))|[Dd][Oo](?:\Z|(?P<declaration>[Cc]))|[Dd]\Z)|\?(?:\Z|(?P<instruction>xml)|x\Z|xm\Z))"
)
_COMMENT_END: Final = lazy("-->")
_DECLARATION_END: Final = lazy("[<>]")
_ADDRESS: Final = lazy(r"<[^\s<>]*(?P<end>>)?")
_IS_ADDRESS: Final = lazy(
    r"(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|(?:mailto|tel|sms|urn|doi|xmpp):)[^\s<>]+|[^\s<>@]+@[\w-]+(?:\.[\w-]+)+"
)
_ENTITY: Final = lazy(r"&(?:#(?:[xX][0-9a-fA-F]{0,6}|[0-9]{0,7})|[A-Za-z][A-Za-z0-9]{0,31})?;?")
_HIDDEN_END: Final = {kind: lazy(rf"</{kind.name}\s*>", re.IGNORECASE) for kind in (Hidden.SCRIPT, Hidden.STYLE)}


def angle(view: View) -> Found | None:
    """What begins with a less-than sign."""
    if marked := view.match(_MARKED, 8, view.at):
        return _marked(view, marked.lastgroup) if marked.lastgroup else None
    found = view.match(_NAME, 30)
    assert found
    name = found[0].strip("</")
    following = view.char(found.end())
    if not name or following not in " \t\r\n/>":
        is_glued = view.before[-1].isalnum()  # a type parameter: vector<std::string>
        return _address(view) if name and found[0][1] != "/" and following and not is_glued else None
    if not following:
        return None
    lower = name.lower()
    if lower not in _ELEMENTS or name not in (lower, name.upper()):
        return None
    if view.before[-1].isalnum() and lower not in _IN_WORD | _BLOCKS and found[0][1] != "/":
        return None  # a type parameter: vector<object>
    return _tag(view, found.end(), lower)


def _tag(view: View, at: int, name: str) -> Found | None:
    if _BARE.match(view.text, at, view.at + _MAX_TAG):
        return None
    rest = view.match(_REST, _MAX_TAG, at)
    assert rest
    if rest.end() >= view.at + _MAX_TAG or view.char(rest.end()) != ">" or not _ATTRIBUTES.fullmatch(rest[0]):
        return None
    length, is_end = rest.end() + 1 - view.at, view.text[view.at + 1] == "/"
    if name in ("script", "style") and not is_end:
        is_element = view.line_begin or rest[0].strip(" /")
        return view.dropped(length, replace(view.state, hidden=Hidden[name.upper()]) if is_element else None)
    if name == "img":
        alternative = _ALTERNATIVE.search(rest[0])
        return view.said(length, html.unescape(next(filter(None, alternative.groups()), "")) if alternative else "")
    if name in _BLOCKS:
        return view.said(length, "\n\n", replace(view.state, block=Block.PARAGRAPH), line_begin=True)
    if name in ("td", "th") and is_end:
        cells = view.match(_CELLS, 200)
        return view.said(cells.start("next") - view.at, ", ") if cells and cells["cell"] else view.dropped(length)
    if name == "sup" and not is_end and (power := view.match(_POWER, 40)) and power["end"] and power["digits"]:
        return view.said(power.end() - view.at, power["digits"].translate(_SUPERSCRIPTS))
    return view.dropped(length, line_begin=view.line_begin)


def _marked(view: View, kind: str) -> Found | None:
    end, limit = (_COMMENT_END, _MAX_COMMENT) if kind == "comment" else (_DECLARATION_END, _MAX_TAG)
    found = end.search(view.text, view.at + 2, view.at + limit)
    if found is None and not view.closed and len(view.text) < view.at + limit:
        raise Undecided
    if found is None or found[0] == "<":
        return None
    return view.dropped(found.end() - view.at, line_begin=view.line_begin)


def _address(view: View) -> Found | None:
    found = view.match(_ADDRESS, _MAX_ADDRESS)
    if not found or not found["end"] or not _IS_ADDRESS.fullmatch(found[0][1:-1]):
        return None
    length = len(found[0])
    return view.kept(1, length - 1, length)


def entity(view: View) -> Found | None:
    found = view.match(_ENTITY, 40)
    if not found or found[0][-1] != ";" or len(found[0]) < 3:
        return None
    if found[0][1] != "#" and found[0][1:] not in html5:
        return None
    text = html.unescape(found[0])
    return view.said(len(found[0]), " " if text in ("\r", "\n") else text) if text else None


def hidden(view: View) -> Found:
    """The contents of a script or of a style sheet, to its end tag."""
    end = _HIDDEN_END[Hidden(view.state.hidden)].search(view.text, view.at)
    if end:
        return view.dropped(end.end() - view.at, replace(view.state, hidden=Hidden.NONE))
    length = len(view.text) - view.at
    tag = view.text.rfind("<", view.at)
    if tag >= 0 and len(view.text) - tag < 40 and not view.closed:
        length = tag - view.at  # perhaps the beginning of the end tag
    if not length:
        raise Undecided
    return view.dropped(length)
