"""Text to phonemes: the package's rules (hibari-tts, Apache-2.0) over memory-mapped dictionaries.

As Python dicts the dictionaries need 90 MB and a third of a second to load. They are packed once into tables in a
cache file, which are searched in place.
"""

import array
import bisect
import functools
import gzip
import hashlib
import itertools
import json
import mmap
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hibari.voices import ASSETS

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.hibari import cache

_TABLES: Final = 6


class Table:
    """A read-only mapping of strings to JSON values, searched in place: sorted hashes, offsets of the values, values.

    Keys are not stored: among 180,000 words, a collision of 64-bit hashes has a probability of one in a billion.
    """

    def __init__(self, data: memoryview) -> None:
        count = int.from_bytes(data[:8], sys.byteorder)
        self._hashes = data[8 : 8 + 8 * count].cast("Q")
        self._starts = data[8 + 8 * count : 16 + 16 * count].cast("Q")
        self._values = data[16 + 16 * count :]
        self.get = functools.lru_cache(maxsize=4096)(self._find)

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def _find(self, key: str) -> Any:
        wanted = _hash(key)
        at = bisect.bisect_left(self._hashes, wanted)
        if at == len(self._hashes) or self._hashes[at] != wanted:
            return None
        return json.loads(bytes(self._values[self._starts[at] : self._starts[at + 1]]))

    @staticmethod
    def pack(mapping: Mapping[str, Any]) -> bytes:
        rows = sorted((_hash(key), json.dumps(value, ensure_ascii=False).encode()) for key, value in mapping.items())
        starts = itertools.accumulate((len(value) for _, value in rows), initial=0)
        head = array.array("Q", [len(rows), *(key for key, _ in rows), *starts])
        return head.tobytes() + b"".join(value for _, value in rows)


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), sys.byteorder)


def reader(british: bool) -> Any:
    """The package's text-to-phoneme converter, over tables in place of its dictionaries."""
    from hibari.g2p import G2P
    from hibari.g2p.lexicon import Lexicon
    from hibari.g2p.tagger import Tagger
    from hibari.g2p.tokenize import Tokenizer

    accent = "gb" if british else "us"
    assets = Path(ASSETS)
    names = (f"lexicon_{accent}_gold.json.gz", f"lexicon_{accent}_silver.json.gz", "tagger.json.gz")
    sources = [assets / name for name in names]
    file = cache.place(f"hibari-words-{accent}", "bin", *sources)
    tables = cache.load(file, _mapped)
    if tables is None:
        data = _tables(*sources)
        cache.keep(file, data)
        tables = cache.load(file, _mapped) or _opened(memoryview(data))
    gold, silver, tagdict, vocabulary, weights, rest = tables
    tagger = Tagger({"tagdict": tagdict, "weights": weights, "tags": rest.get("tags")})
    tagger.vocab = vocabulary
    g2p = G2P.__new__(G2P)  # without the constructor, which reads the dictionaries
    g2p.lexicon = Lexicon(gold, silver, british)
    g2p.tokenizer = Tokenizer(json.loads((assets / "tokenizer_exceptions.json").read_text(encoding="utf-8")))
    g2p.tagger = tagger
    g2p._oov, g2p.unk, g2p.british = None, "", british
    return g2p


def _tables(gold: Path, silver: Path, tagger: Path) -> bytes:
    """A checksum, then each table preceded by its size, in the order in which reader() unpacks them."""
    lexicons = [Table.pack(json.loads(gzip.decompress(path.read_bytes()))) for path in (gold, silver)]
    model = json.loads(gzip.decompress(tagger.read_bytes()))
    parts = (
        *lexicons,
        Table.pack(model["tagdict"]),
        Table.pack(dict.fromkeys(model["vocab"], 1)),
        Table.pack(model["weights"]),
        Table.pack({"tags": model["tags"]}),
    )
    body = b"".join(len(part).to_bytes(8, sys.byteorder) + part for part in parts)
    return zlib.crc32(body).to_bytes(8, sys.byteorder) + body


def _mapped(fd: int) -> list[Table]:
    """BadModelFile where the file is damaged."""
    return _opened(memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_READ)))


def _opened(data: memoryview) -> list[Table]:
    """BadModelFile where the checksum is wrong."""
    if len(data) < 8 or zlib.crc32(data[8:]) != int.from_bytes(data[:8], sys.byteorder):
        raise BadModelFile("damaged")
    tables, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], sys.byteorder)
        tables.append(Table(data[at + 8 : at + 8 + size]))
        at += 8 + size
    if len(tables) != _TABLES:
        raise BadModelFile("damaged")  # eight zeros have a valid checksum and no table
    return tables
