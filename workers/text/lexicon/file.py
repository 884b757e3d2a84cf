"""Reads a lexicon file."""

from pathlib import Path
from typing import Final

from steadyvoice.ipc import paths
from steadyvoice.workers.text.lexicon.tables import BadLexicon, Table, parse

MAX_BYTES: Final = 1 << 20


def read(path: Path) -> list[Table]:
    """The tables of the file; none where there is no file. OSError; BadLexicon."""
    return parse(text(path))


def text(path: Path) -> str:
    """The content of the file; "" where there is no file. OSError; BadLexicon."""
    data = paths.content(path, MAX_BYTES + 1) or b""
    if len(data) > MAX_BYTES:
        raise BadLexicon(f"the file is larger than {MAX_BYTES >> 20} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadLexicon(f"not UTF-8: byte {error.start + 1} is {data[error.start]:#04x}") from error
