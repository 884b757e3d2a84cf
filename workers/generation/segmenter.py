"""Cut text that arrives in pieces into segments, which a TTS model speaks one after another.

The cuts depend on the characters alone, not on the pieces or on when `next` is called: the scanner reads the text once
and decides each boundary at the first character that determines it. Only `clause` and `flush`, which the caller uses
after a timeout, add further cuts. Work is linear; memory is one segment and one word.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import NamedTuple

from steadyvoice.ipc.sayable import is_sayable
from steadyvoice.workers.generation.segment import Segment

MAX_CHARS = 280  # no segment is longer
EARLY_CHARS = 40  # an incomplete first sentence of this length is cut at its first clause
MIN_CLAUSE = 20  # a shorter clause is not worth its own model call
SHORT_LINE = 60  # a shorter line was ended by its author, a longer one by word wrapping

_WIDE = "\u3002\uff01\uff1f\u3001\uff0c\uff1b\uff1a"  # three stops, four clause marks, which need no space after them
_STOPS = ".!?\u2026" + _WIDE[:3]
_CLAUSES = tuple(",;:\u2014\u2013" + _WIDE[3:])
_CLOSERS = "\"')]}>*_`\u2019\u201d\u00bb\u203a\u300d\u300f\u3011\uff09"
_OPENERS = "\"'([{<*_`\u2018\u201c\u00ab\u2039\u300c\u300e\u3010\uff08"
# Control characters, soft hyphen, zero-width space, direction marks, BOM, lone surrogates (which no encoder accepts).
_JUNK = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff"
# A run of text is shorter than a segment, so that a word is cut at most once per run.
_RUN = re.compile(rf"(?P<space>\s+)|(?P<junk>[{_JUNK}]+)|(?P<text>[^\s{_JUNK}{_WIDE}]{{1,99}}|[{_WIDE}]{{1,99}})")
_MARKER = re.compile(r"[-+*\u2022\u2023\u25e6\u2043\u2013\u2014]|\(?(?:\d{1,3}|[A-Za-z])[.)]")
_ORDINAL = re.compile(r"\d{1,2}\.")
# The last group are words too ("No. I will not."), and abbreviations only before a number.
_ABBREVIATION = re.compile(
    r"(Dr|Mr|Mrs|Ms|Messrs|Mme|Mlle|Prof|Rev|Hon|St|Mt|Ft|Fr|Jr|Sr|Gen|Maj|Col|Capt|Cmdr|Adm|Lt|Sgt|Cpl|Gov|Sen|Rep|Pres"
    r"|Dept|Inc|Ltd|Co|Corp|Sra|Srta|Sres|Dra|Dña|Avda|EE|Sig|Sigg|Dott|Avv|Hr|av|apr|Ph\.D|a\.k\.a|(?i:e\.?g|i\.?e|etc|vs|cf|viz|al|approx|ca|est))\n.?"
    r"|(?i:mon|tues?|weds?|thurs?|fri|sat|sun|nos?|nr|figs?|eqs?|vols?|pp?|ch|chap|sec|art|ed|apt|ext|hwy|rte|ste|rm|op|tel|tél|págs?|pagg?|núm|cap|kap|abb"
    r"|jan|feb|mar|apr|june?|july?|aug|sept?|oct|nov|dec)\n\d"
)
# A word that may form one expression with the next one: "10" "000", "$5" "million", "May" "5"; or that decides how the
# next one is read: "in" "1999", "chapter" "IV".
_OPEN = re.compile(
    r".*[\d$\u00a2-\u00a5\u20a0-\u20bf].*"
    r"|(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
    r"|an?|the|in|on|at|by|of|to|for|from|since|until|till|between|around|about|and|or|minus|plus|number"
    r"|version|chapter|section|page|part|volume|room|step|line|figure|table|act|scene|war|pope|king|queen|saint",
    re.IGNORECASE,
)


class _Word(NamedTuple):
    gap: str  # precedes the word: a space; nothing inside a word that was cut
    text: str
    runs: tuple[tuple[int, int], ...]  # where each part between junk begins: in the word, in all text fed
    end: int
    marker: bool  # a list marker at the beginning of a line, or an ordinal: "1." ends no sentence


def _join(words: list[_Word]) -> str:
    return "".join([part for word in words for part in word[:2]]).lstrip(" ")


def _is_stop(word: _Word, following: str) -> bool:
    """Whether `word` ends a sentence, given the first character of the next word ("" where there is none)."""
    core = word.text.rstrip(_CLOSERS)
    stem = core.rstrip(_STOPS)
    if stem == core or word.marker or following.islower():
        return False
    if core[len(stem) :] != "." or core != word.text:
        return True
    name = stem.lstrip(_OPENERS)
    initials = all(len(part) == 1 and part.isupper() for part in name.replace("-", "").split("."))
    return not initials and not _ABBREVIATION.fullmatch(f"{name}\n{following}")


def _is_open(word: _Word, is_first: bool) -> bool:
    """Whether the next word may belong to the same expression, and change how this word is read.

    is_first: of the segment, so that "No." is an answer, not a number's abbreviation.
    """
    if _is_stop(word, "") and (is_first or _is_stop(word, "0")):
        return False
    return word.text.endswith(".") or _OPEN.fullmatch(word.text) is not None


def _goes_on(word: _Word) -> bool:
    """Whether the word may be the end of an expression that began before it: "5" "kg"."""
    return word.text[-1].isalnum()


class _Cut(NamedTuple):
    """See `Segmenter.cut`."""

    ends_sentence: bool


class Segmenter:
    """One utterance's text in, its segments out, in order and without overlap.

    A segment is a sentence, a short line, or a part of a sentence: the first clause of a long first sentence, so that
    speech begins early, or a part of a sentence above MAX_CHARS. No segment contains whitespace at its ends, control
    characters, or text with nothing to say.

    More than 12 methods: the steps of one incremental scan, all of which use its position and its words.
    """

    def __init__(
        self, at: int = 0, line: int = 0, can_say: Callable[[str], bool] = is_sayable, *, has_ordinals: bool = False
    ) -> None:
        """at: characters before the text; the last ``line`` of them are on its first line. can_say: of a segment.

        has_ordinals: in the language "20." is an ordinal.
        """
        self._fed: deque[Iterator[re.Match[str]] | _Cut] = deque()  # runs not scanned yet, by piece
        self._pos = self._total = self._last = at  # characters scanned, fed, and fed up to the last non-blank one
        self._ready: deque[Segment] = deque()
        self._words: list[_Word] = []  # complete words of the segment being built
        self._len = 0  # characters of _join(_words)
        self._word = self._gap = ""  # the word being read
        self._runs: list[tuple[int, int]] = []  # see _Word
        self._line, self._breaks = line, 0  # _line: characters of the line's words; _breaks: newlines before _word
        self._line_words = 0  # words before the line's first one
        self._can_say, self._first, self._closed = can_say, not at, False
        self._has_ordinals = has_ordinals
        self._inside = False  # the sentence began in an earlier segment

    def feed(self, text: str) -> None:
        """Append text. Cheap: `next` does the scanning. ValueError after `close`."""
        if self._closed:
            raise ValueError("text fed after close")
        self._fed.append(_RUN.finditer(text))
        if body := len(text.rstrip()):
            self._last = self._total + body
        self._total += len(text)

    def cut(self, *, ends_sentence: bool) -> None:
        """A segment ends after the text so far, also its sentence where ``ends_sentence`` or where it looks so."""
        self._fed.append(_Cut(ends_sentence))

    def close(self) -> None:
        """No more text follows, so the remaining text is final."""
        self._closed = True

    def next(self) -> Segment | None:
        """The next segment that no further text can change; None where there is none."""
        return self._ready.popleft() if self.has_next() else None

    def has_next(self) -> bool:
        while not self._ready and self._fed:
            piece = self._fed[0]
            if isinstance(piece, _Cut):
                self._fed.popleft()
                self._push(self._pos)
                self._emit(more=not piece.ends_sentence and not (self._words and _is_stop(self._words[-1], "")))
                continue
            if (match := next(piece, None)) is None:
                self._fed.popleft()
                continue
            start, self._pos = self._pos, self._pos + len(match.group())
            if match.lastgroup == "junk":
                self._erase(match.group())
            else:
                (self._space if match.lastgroup == "space" else self._text)(match.group(), start)
        if not self._ready and self._closed:
            self._push(self._pos)
            self._emit(more=False)
        return bool(self._ready)

    def clause(self) -> Segment | None:
        """`next`, else the utterance's first clause, of any length, if the following clause has begun."""
        if not self.has_next() and self._first:
            following = [*(word.text for word in self._words[1:]), self._word]
            clauses = [at for at in self._clauses(0, self._word) if following[at - 1][:1].isalpha()]
            if clauses:
                self._emit(clauses[0], more=True)
        return self.next()

    def flush(self) -> Segment | None:
        """`next`, else all complete words, including the last one where it ends like a sentence.

        Without the last words where text that follows could change how they are read.
        """
        if segment := self.next():
            return segment
        if self._word[-2:-1] and not self._word[-2].isdigit() and _is_stop(self._tail(self._pos), ""):  # not "3." "14"
            self._push(self._pos)
        words = list(self._words)
        while words and any(
            _is_open(word, len(words) == 1 and not self._inside) for word in words[-2 if _goes_on(words[-1]) else -1 :]
        ):
            words.pop()
        if words and self._can_say(_join(words)):
            self._emit(len(words), more=not _is_stop(words[-1], ""))
        return self._ready.popleft() if self._ready else None

    @property
    def pending(self) -> bool:
        """Whether there is non-blank text that was neither returned nor skipped."""
        return bool(self._ready or self._words or self._word) or self._last > self._pos

    @property
    def done(self) -> bool:
        """Closed, and all segments were returned."""
        return self._closed and not self.pending

    def _erase(self, run: str) -> None:
        """Obey the backspaces and the cancellations of the line, as far as its words are not in a segment yet."""
        if backspaces := run.count("\b"):
            self._word = self._word[:-backspaces]
            self._runs = [part for part in self._runs if part[0] < len(self._word)]
        if "\x18" in run:
            self._words = self._words[: self._line_words]
            self._len, self._line = len(_join(self._words)), 0
            self._word, self._runs = "", []

    def _space(self, run: str, start: int) -> None:
        self._push(start)
        self._gap = " "
        if breaks := run.count("\n"):
            short = not self._breaks and self._line < SHORT_LINE  # a short line ends like a paragraph
            self._breaks, self._line = self._breaks + breaks + short, 0
            if self._breaks > 1:
                self._emit(more=False)
            self._line_words = len(self._words)

    def _text(self, run: str, start: int) -> None:
        if self._word and self._word[-1] in _WIDE and run[0] not in _WIDE + _CLOSERS:
            self._push(start)
        if not self._word:
            self._begin(run[0])
        if not self._runs or self._runs[-1][1] - self._runs[-1][0] != start - len(self._word):
            self._runs.append((len(self._word), start))
        room = MAX_CHARS - len(self._word)
        self._word += run[:room]
        if len(run) > room:
            self._push(start + room)
            self._word, self._runs = run[room:], [(0, start + room)]

    def _begin(self, char: str) -> None:
        """Decide the boundary before a word that begins with `char`."""
        if self._words and _is_stop(self._words[-1], char):
            self._emit(more=False)
        elif self._first and self._len >= EARLY_CHARS and (clauses := self._clauses(following=char)):
            self._emit(clauses[0], more=True)

    def _tail(self, end: int) -> _Word:
        pattern = _ORDINAL if self._line and self._has_ordinals else None if self._line else _MARKER
        marker = pattern is not None and pattern.fullmatch(self._word) is not None
        return _Word(self._gap, self._word, tuple(self._runs), end, marker)

    def _push(self, end: int) -> None:
        """End the current word, if any, at `end`."""
        if not self._word:
            return
        word = self._tail(end)
        size = len(word.gap) + len(word.text)
        if self._breaks and word.marker:
            self._emit(more=False)
        while self._words and self._len + size > MAX_CHARS:
            spaces = [at for at, other in enumerate((*self._words, word)) if at and other.gap]
            self._emit((self._clauses() or spaces or [MAX_CHARS])[-1], more=True)
        self._len += size if self._words else len(word.text)
        self._words.append(word)
        self._line, self._breaks = self._line + size, 0
        self._word, self._gap, self._runs = "", "", []

    def _clauses(self, shortest: int = MIN_CLAUSE, following: str = "") -> list[int]:
        """Word counts after which a clause of at least ``shortest`` characters ends.

        following: the first character after the words. A comma between two numbers ends no clause: "May 5, 2024".
        """
        sizes = accumulate(len(word.gap) + len(word.text) for word in self._words)
        least = shortest + len(self._words[0].gap) if self._words else 0
        texts = [word.text for word in self._words]
        return [
            at
            for at, (size, text, after) in enumerate(zip(sizes, texts, [*texts, following][1:], strict=True), 1)
            if size >= least
            and (text in ("-", "--") or text.rstrip(_CLOSERS).endswith(_CLAUSES))
            and not (text[-2:-1].isdigit() and after[:1].isdigit())
        ]

    def _emit(self, count: int = MAX_CHARS, *, more: bool) -> None:
        """Make a segment of the first `count` words; skip them where there is nothing to say."""
        words, self._words = self._words[:count], self._words[count:]
        self._len = len(_join(self._words))
        self._line_words = max(0, self._line_words - len(words))
        text = _join(words)
        if self._can_say(text):
            runs, at = [], -len(words[0].gap)
            for word in words:
                at += len(word.gap)
                runs += [(at + offset, raw, 1) for offset, raw in word.runs]
                at += len(word.text)
            self._ready.append(Segment(text, runs[0][1], words[-1].end, more, tuple(runs)))
            self._first, self._inside = False, more
