"""The text of ``svctl speak``: a file or standard input, decoded piece by piece."""

import codecs
import os
import select
import stat
import sys
from typing import Final

from steadyvoice.client.svctl.files.output_file import InputUnusable
from steadyvoice.ipc.sayable import is_sayable

_PIECE_BYTES: Final = 1 << 16
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""Longest first: the mark of UTF-32 begins with that of UTF-16."""
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
"""Maximum share of control characters in text; random bytes have twice as many."""
_WORDLESS_CHARS: Final = 1_000_000
"""After so many characters without a letter or a digit, a device or pipe is assumed to contain no text."""


def kind_of(head: bytes) -> str:
    """If the first bytes of a file show that it is not text: its kind and how to get its text. Empty for text.

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
    """The encoding by the byte order mark; UTF-8 without one."""
    return next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")


class TextSource:
    """A text file, open until ``close``. InputUnusable if it cannot be read or is not text. For one thread."""

    def __init__(self, name: str) -> None:
        """name: a path, or ``-`` for standard input."""
        self._name = "standard input" if name == "-" else name
        try:
            self.fd = sys.stdin.fileno() if name == "-" else os.open(name, os.O_RDONLY | os.O_CLOEXEC)
            about = os.fstat(self.fd)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise self._unusable(error) from error
        self.size = about.st_size if stat.S_ISREG(about.st_mode) else 0
        """Size of a regular file in bytes; 0 if unknown."""
        self.at_end = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self._warned = False
        self._wordless = 0
        """Characters since the last piece with a letter or a digit."""

    def is_ready(self) -> bool:
        """Whether ``read`` returns without waiting."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def read(self) -> str:
        """Return the next piece of at most 64 KiB; empty within a character and at the end, where ``at_end`` is set."""
        try:
            data = os.read(self.fd, _PIECE_BYTES)
        except OSError as error:
            raise self._unusable(error) from error
        if self._decoder is None:
            kind = kind_of(data)
            if self.size and b"\0" in data[:_NUL_BYTES] and encoding_of(data) in ("utf-8", "utf-8-sig"):
                kind = kind or "binary: convert it to text first"  # a pipe may use NUL as a separator: find -print0
            if kind:
                name = "FILE" if self._name == "standard input" else self._name
                raise InputUnusable(f"{self._name} is {kind.format(name)}")
            self._decoder = codecs.getincrementaldecoder(encoding_of(data))("replace")
        self.at_end = not data
        text = self._decoder.decode(data, final=not data)
        self._wordless = 0 if is_sayable(text) else self._wordless + len(text)
        if not self.size and self._wordless > _WORDLESS_CHARS:
            raise InputUnusable(f"no letters or digits in {_WORDLESS_CHARS} characters of {self._name}; give text")
        if "\ufffd" in text and not self._warned:
            self._warned = True
            print(
                f"svctl: {self._name} contains bytes that are not UTF-8; they are skipped; "
                "convert it, for example: iconv -f latin1 -t utf8 FILE | svctl speak -",
                file=sys.stderr,
            )
        return text

    def close(self) -> None:
        if self._name != "standard input":
            os.close(self.fd)

    def _unusable(self, error: OSError | ValueError) -> InputUnusable:
        name = self._name or repr(self._name)
        return InputUnusable(f"cannot read {name}: {getattr(error, 'strerror', None) or error}")
