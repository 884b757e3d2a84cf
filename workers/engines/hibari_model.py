"""What Hibari's generator loads: the acoustic model, cut in two so that sound starts before the sentence is decoded,
and the dictionaries of text to phonemes, laid out so that they need not be read whole.

The model (hibari-tts, Apache-2.0) is one ONNX graph. It is cut at the input of the decoder's first convolution:

    prosody: ids [1, L] int64, speed [1] -> hidden [1, 130, F], f0 [1, F] hertz, durations [L] in units of 2 frames
    decoder: hidden [1, 130, F] -> spectra [1, F, 3005]

The decoder is convolutional and sees 27 frames to each side, so that a window of it can be run alone. Cutting needs
the onnx package, which takes longer to import than the parts take to load: they are kept as files in the cache.
So are the dictionaries, as tables that are searched where they lie: as Python dicts they hold 90 MB.
"""

import array
import bisect
import contextlib
import functools
import gzip
import hashlib
import itertools
import json
import mmap
import os
import sys
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hibari.voices import ASSETS

from steadyvoice.workers.engines.engine import Frames

CONTEXT = 16
"""Frames beside a window. Frames 17 to 27 away change the result by less than the model's own int8 rounding."""
UNIT = 2
"""Frames in one unit of duration."""

_LAYOUT = "1"  # of the files in the cache
_PARTS = ("prosody", "decoder")


class Acoustic:
    """The two sessions of one voice. Not for use by two threads at once."""

    def __init__(self, source: Path) -> None:
        """source: the voice's hibari .onnx file. OSError where it cannot be read, ValueError where it has no seam."""
        self._prosody, self._decoder = _load(source)
        self._ids = json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8"))
        self._hidden = self._decoder.get_inputs()[0].name
        self._durations = self._prosody.get_outputs()[2].name

    def known(self, phonemes: str) -> str:
        """Without what the model has no id for."""
        return "".join(c for c in phonemes if c in self._ids)

    def prosody(self, phonemes: str, rate: float) -> tuple[Frames, Frames, list[int]]:
        """hidden [1, 130, F], f0 [F], frames per id: a pad, each of the known phonemes, a pad."""
        ids = [0, *(self._ids[c] for c in phonemes), 0]
        feed = {"ids": np.array([ids], np.int64), "speed": np.array([rate], np.float32)}
        hidden, f0, units = self._prosody.run([self._hidden, "f0", self._durations], feed)
        return hidden, f0[0], [UNIT * int(n) for n in units]

    def decode(self, hidden: Frames, f0: Frames, start: int, stop: int) -> Frames:
        """Frames [start, stop) as [n, 3006]: five spectra of 601 bins and F0."""
        left, right = max(0, start - CONTEXT), min(len(f0), stop + CONTEXT)
        window = np.ascontiguousarray(hidden[:, :, left:right])
        (spectra,) = self._decoder.run(None, {self._hidden: window})
        rows = np.empty((stop - start, spectra.shape[2] + 1), np.float32)
        rows[:, :-1] = spectra[0, start - left : stop - left]
        rows[:, -1] = f0[start:stop]
        return rows


def cache_dir() -> Path:
    """$STEADYVOICE_CACHE, else $XDG_CACHE_HOME/steadyvoice, else ~/.cache/steadyvoice. May not exist."""
    own = os.environ.get("STEADYVOICE_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "steadyvoice"


def _load(source: Path) -> list[Any]:
    files = [_cached(f"hibari-{part}", "onnx", source) for part in _PARTS]
    # onnxruntime raises classes of its own for a file that is missing, truncated or not a model.
    with contextlib.suppress(Exception):
        return [session(file) for file in files]
    parts = _cut(source)
    for file, part in zip(files, parts, strict=True):
        _keep(file, part)
    return [session(part) for part in parts]


def _cached(kind: str, suffix: str, *sources: Path) -> Path:
    """Where what is made of the sources lies: under another name as soon as one of them changes."""
    identity = [_LAYOUT, sys.byteorder]
    for source in sources:
        stat = source.stat()
        identity += [str(source.resolve()), str(stat.st_size), str(stat.st_mtime_ns)]
    return cache_dir() / f"{kind}-{hashlib.sha256(repr(identity).encode()).hexdigest()[:16]}.{suffix}"


def session(model: Path | bytes) -> Any:
    """An onnxruntime session on one thread, starting none."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # a plan is kept for every length met, and lengths have no end
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    what = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(what, options, providers=["CPUExecutionProvider"])


def _keep(file: Path, data: bytes) -> None:
    """Write a cache file whole or not at all. A cache that cannot be written is only slower at the next start."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with open(descriptor, "wb") as out:
                out.write(data)
            os.replace(name, file)
        except OSError:
            os.unlink(name)
            raise


def _cut(source: Path) -> tuple[bytes, bytes]:
    import onnx
    from onnx import TensorProto, helper
    from onnx.utils import Extractor

    model = onnx.load(str(source))
    nodes = model.graph.node
    maker = {name: node for node in nodes for name in node.output}
    try:
        hidden = next(n.input[0] for n in nodes if n.op_type == "Conv" and "m.dec_in.weight" in n.input)
        transpose = maker[maker["lh"].input[0]]
        spectra = transpose.input[0]
        durations = next(
            n.output[0]
            for n in nodes
            if n.op_type == "Clip" and n.input[0] in maker and maker[n.input[0]].op_type == "Round"
        )
        if transpose.op_type != "Transpose" or list(maker["lh"].output) != ["lh", "theta", "ln", "lr", "phi"]:
            raise KeyError("lh")
    except (StopIteration, KeyError) as error:
        raise ValueError(f"{source} is not a hibari model that can be cut at its decoder") from error
    shapes: tuple[tuple[str, list[int | str | None]], ...]
    shapes = ((hidden, [1, None, "frames"]), (spectra, [1, "frames", None]), (durations, ["ids"]))
    known = {value.name for value in model.graph.value_info}
    model.graph.value_info.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes if name not in known
    )
    extractor = Extractor(model)
    prosody = extractor.extract_model(["ids", "speed"], [hidden, "f0", durations])
    decoder = extractor.extract_model([hidden], [spectra])
    return prosody.SerializeToString(), decoder.SerializeToString()


class Table:
    """A read-only mapping of strings to JSON values, searched in place: sorted hashes, where the values start, values.

    Keys are not kept: that one of 180,000 words shares all 64 bits with another is one chance in a billion.
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
    """The package's text to phonemes, over tables in place of its dictionaries."""
    from hibari.g2p import G2P
    from hibari.g2p.lexicon import Lexicon
    from hibari.g2p.tagger import Tagger
    from hibari.g2p.tokenize import Tokenizer

    accent = "gb" if british else "us"
    assets = Path(ASSETS)
    names = (f"lexicon_{accent}_gold.json.gz", f"lexicon_{accent}_silver.json.gz", "tagger.json.gz")
    sources = [assets / name for name in names]
    file = _cached(f"hibari-words-{accent}", "bin", *sources)
    tables = _mapped(file)
    if tables is None:
        data = _tables(*sources)
        _keep(file, data)
        tables = _mapped(file) or _opened(memoryview(data))
    gold, silver, tagdict, vocabulary, weights, rest = tables
    tagger = Tagger({"tagdict": tagdict, "weights": weights, "tags": rest.get("tags")})
    tagger.vocab = vocabulary
    g2p = G2P.__new__(G2P)  # its constructor reads the dictionaries
    g2p.lexicon = Lexicon(gold, silver, british)
    g2p.tokenizer = Tokenizer(json.loads((assets / "tokenizer_exceptions.json").read_text(encoding="utf-8")))
    g2p.tagger = tagger
    g2p._oov, g2p.unk, g2p.british = None, "", british
    return g2p


def _tables(gold: Path, silver: Path, tagger: Path) -> bytes:
    """Checksum, then each table after its size, in the order that reader() unpacks."""
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


def _mapped(file: Path) -> list[Table] | None:
    """None where the file is missing or damaged."""
    try:
        with file.open("rb") as opened:
            return _opened(memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)))
    except (OSError, ValueError):
        return None


def _opened(data: memoryview) -> list[Table]:
    """ValueError where the checksum does not fit."""
    if len(data) < 8 or zlib.crc32(data[8:]) != int.from_bytes(data[:8], sys.byteorder):
        raise ValueError("damaged")
    tables, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], sys.byteorder)
        tables.append(Table(data[at + 8 : at + 8 + size]))
        at += 8 + size
    return tables
