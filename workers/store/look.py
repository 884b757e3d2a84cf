"""What a file shows without being loaded: its first and last bytes, and the names inside. No code in it runs."""

import io
import json
import pickletools
import zipfile
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from steadyvoice.workers.store.copying import open_file

_ENDS_BYTES: Final = 4096
_PICKLE_BYTES: Final = 16 << 20
_HEADER_BYTES: Final = 32 << 20
LEGACY: Final = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The magic number of torch.save's format before zip files, as pickled."""


class Look(NamedTuple):
    name: str
    """The file's name."""
    size: int
    """Bytes."""
    head: bytes = b""
    tail: bytes = b""
    members: frozenset[str] = frozenset()
    """The files in a zip archive."""
    words: frozenset[str] = frozenset()
    """Strings in a pickle, such as keys and parameter names, and the classes that it refers to ("module name")."""
    tensors: frozenset[str] = frozenset()
    """The parameter names of a safetensors file."""
    beside: frozenset[str] = frozenset()
    """Names of the other files in its folder."""


def look(path: Path) -> Look:
    """Refusal where there is no regular file; OSError."""
    with open_file(path) as file:
        head = file.read(_ENDS_BYTES)
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _ENDS_BYTES))
        tail = file.read(_ENDS_BYTES)
        members, words = _zip(file) if head.startswith(b"PK") else (frozenset[str](), frozenset[str]())
        if head[:1] == b"\x80":
            file.seek(0)
            words = _words(file.read(_PICKLE_BYTES))
        return Look(path.name, size, head, tail, members, words, _tensors(file, head), _beside(path))


def _zip(file: BinaryIO) -> tuple[frozenset[str], frozenset[str]]:
    """The names in the archive, and the words of the pickle with which torch.save describes its tensors."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = frozenset(archive.namelist())
            pickle = next((name for name in names if name.endswith("/data.pkl") or name == "data.pkl"), None)
            if pickle is None:
                return names, frozenset()
            with archive.open(pickle) as data:
                return names, _words(data.read(_PICKLE_BYTES))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        return frozenset(), frozenset()  # cut short or damaged, which the check will report


def _words(data: bytes) -> frozenset[str]:
    """The strings of all successive pickles in the data."""
    stream, words = io.BytesIO(data), set[str]()
    try:
        while stream.tell() < len(data):
            words |= {argument for _, argument, _ in pickletools.genops(stream) if isinstance(argument, str)}
    except Exception:  # tensors follow the last pickle, and damaged bytes may raise anything
        pass
    return frozenset(words)


def _tensors(file: BinaryIO, head: bytes) -> frozenset[str]:
    length = int.from_bytes(head[:8], "little")
    if head[8:9] != b"{" or not 2 <= length <= _HEADER_BYTES:
        return frozenset()
    file.seek(8)
    try:
        header = json.loads(file.read(length))
    except ValueError:
        return frozenset()
    return frozenset(header) - {"__metadata__"}


def _beside(path: Path) -> frozenset[str]:
    try:
        return frozenset(each.name for each in path.parent.iterdir()) - {path.name}
    except OSError:
        return frozenset()
