"""Where ``svctl speak`` has its text from: a file or standard input, decoded, a piece at a time."""

import codecs
import os
import select
import stat
import sys
from typing import Final

from steadyvoice.client.svctl.files.output_file import InputUnusable

_PIECE_BYTES: Final = 1 << 16
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""The longer ones first: that of UTF-32 begins with that of UTF-16."""
_KINDS: Final = (
    (b"%PDF-", "a PDF: pdftotext {} - | svctl speak -"),
    (b"PK\x03\x04", "an archive such as EPUB or DOCX: pandoc -t plain {} | svctl speak -"),
    (b"{\\rtf", "RTF: pandoc -f rtf -t plain {} | svctl speak -"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: antiword {} | svctl speak -"),
    (b"\x1f\x8b", "compressed: zcat {} | svctl speak -"),
    (b"BZh", "compressed: bzcat {} | svctl speak -"),
    (b"\xfd7zXZ", "compressed: xzcat {} | svctl speak -"),
    (b"\x28\xb5\x2f\xfd", "compressed: zstdcat {} | svctl speak -"),
)
_NUL_BYTES: Final = 4096
_CONTROLS: Final = bytes(set(range(1, 32)) - set(b"\a\b\t\n\v\f\r\x1b")) + b"\x7f"
_CONTROLS_SHARE: Final = 0.05
"""Of control characters that text does not have; random bytes have twice as many."""
_WORDLESS_CHARS: Final = 1_000_000
"""So many without a letter or a digit: no text comes out of this device or pipe any more."""


def kind_of(head: bytes) -> str:
    """What the first bytes of a file say that it is instead of text, and the way to its text; empty for text.

    ``{}`` stands for the name of the file.
    """
    if any(head.startswith(bom) for bom, _ in _BOMS):
        return ""
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "HTML: pandoc -f html -t plain {} | svctl speak -"
    if kind := next((kind for magic, kind in _KINDS if head.startswith(magic)), ""):
        return kind
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "binary: convert it to text first" if controls > _CONTROLS_SHARE * len(head) else ""


def encoding_of(head: bytes) -> str:
    """By the byte order mark; UTF-8 without one."""
    return next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")


class TextSource:
    """Open for reading until ``close``. InputUnusable where it cannot be read or is no text."""

    def __init__(self, name: str) -> None:
        """name: a path, or ``-`` for standard input."""
        self._name = "standard input" if name == "-" else name
        try:
            self.fd = sys.stdin.fileno() if name == "-" else os.open(name, os.O_RDONLY | os.O_CLOEXEC)
            about = os.fstat(self.fd)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise self._unusable(error) from error
        self.size = about.st_size if stat.S_ISREG(about.st_mode) else 0
        """Bytes of a regular file; 0 where nobody knows."""
        self.at_end = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self._warned = False
        self._wordless = 0
        """Characters since the last piece with a letter or a digit."""

    def is_ready(self) -> bool:
        """Whether ``read`` returns at once."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def read(self) -> str:
        """The next piece, 64 KiB at most; empty within a character, and at the end, where ``at_end`` is set."""
        try:
            data = os.read(self.fd, _PIECE_BYTES)
        except OSError as error:
            raise self._unusable(error) from error
        if self._decoder is None:
            kind = kind_of(data)
            if self.size and b"\0" in data[:_NUL_BYTES] and encoding_of(data) in ("utf-8", "utf-8-sig"):
                kind = kind or "binary: convert it to text first"  # a pipe may well separate by it: find -print0
            if kind:
                name = "FILE" if self._name == "standard input" else self._name
                raise InputUnusable(f"{self._name} is {kind.format(name)}")
            self._decoder = codecs.getincrementaldecoder(encoding_of(data))("replace")
        self.at_end = not data
        text = self._decoder.decode(data, final=not data)
        self._wordless = 0 if any(map(str.isalnum, text)) else self._wordless + len(text)
        if not self.size and self._wordless > _WORDLESS_CHARS:
            raise InputUnusable(f"there is nothing to say in {_WORDLESS_CHARS} characters of {self._name}; give text")
        if "\ufffd" in text and not self._warned:
            self._warned = True
            print(
                f"svctl: {self._name} is not UTF-8 throughout, what is not is left out; "
                "for example: iconv -f latin1 -t utf8 FILE | svctl speak -",
                file=sys.stderr,
            )
        return text

    def close(self) -> None:
        if self._name != "standard input":
            os.close(self.fd)

    def _unusable(self, error: OSError | ValueError) -> InputUnusable:
        name = self._name or repr(self._name)
        return InputUnusable(f"cannot read {name}: {getattr(error, 'strerror', None) or error}")
