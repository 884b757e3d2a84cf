"""Identify a file by its contents: a supported kind, or another kind with advice. Pure; see look.py."""

import re
import shlex
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from steadyvoice.workers.store.look import Look


class Kind(NamedTuple):
    key: str
    """Supported: voice (of RVC), contentvec, rmvpe, index, soprano, part (of a directory), kokoro, piper. "": only a
    check can decide."""
    what: str = ""
    """A noun phrase such as "a Git LFS pointer"."""
    way: str = ""
    """What to do."""


UNKNOWN: Final = Kind("")
_TAKE: Final = (
    "add an RVC v2 voice (.pth), a Piper voice (.onnx) or the directory of a Soprano, Chatterbox, CosyVoice2 or XTTS-v2"
)
_KOKORO: Final = "svctl voices pull kokoro, or add the directory with Kokoro's .onnx file and voices (af_heart.bin)"
_CONTENT: Final = "svctl converters pull contentvec fetches the same encoder in the layout that is read here"
_ARCHIVE: Final = "unpack it and add the .pth file in it"
_DOWNLOAD: Final = "download the file itself (on a model hub the link has /resolve/ in it, not /blob/)"

_MAGIC: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (
        0,
        b"version https://git-lfs.github.com/spec",
        "a Git LFS pointer, not the file",
        "run git lfs pull in its folder",
    ),
    (0, b"GGUF", "a GGUF model of llama.cpp", _TAKE),
    (0, b"Rar!", "a RAR archive", _ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", _ARCHIVE),
    (0, b"\x1f\x8b", "a gzip archive", _ARCHIVE),
    (0, b"\xfd7zXZ\0", "an xz archive", _ARCHIVE),
    (0, b"BZh", "a bzip2 archive", _ARCHIVE),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive", _ARCHIVE),
    (257, b"ustar", "a tar archive", _ARCHIVE),
    (8, b"WAVE", "a recording (WAV), not a trained voice", _TAKE),
    (8, b"AIFF", "a recording (AIFF), not a trained voice", _TAKE),
    (0, b"fLaC", "a recording (FLAC), not a trained voice", _TAKE),
    (0, b"OggS", "a recording (Ogg), not a trained voice", _TAKE),
    (0, b"ID3", "a recording (MP3), not a trained voice", _TAKE),
    (0, b"\xff\xfb", "a recording (MP3), not a trained voice", _TAKE),
    (0, b"\xff\xf3", "a recording (MP3), not a trained voice", _TAKE),
    (4, b"ftyp", "a recording or film (MP4), not a trained voice", _TAKE),
    (0, b"\x1aE\xdf\xa3", "a recording or film (Matroska), not a trained voice", _TAKE),
    (0, b"\x89PNG", "a picture", _TAKE),
    (0, b"\xff\xd8\xff", "a picture", _TAKE),
    (0, b"%PDF", "a PDF document", _TAKE),
    (0, b"\x89HDF", "an HDF5 file", _TAKE),
    (0, b"\x7fELF", "a program", _TAKE),
    (0, b"\x93NUMPY", "a numpy array", _TAKE),
    (4, b"TFL3", "a TensorFlow Lite model", _TAKE),
)
_WEB_PAGE: Final = re.compile(rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|\?xml)", re.I | re.S)
_KOKORO_VOICE: Final = re.compile(r"[a-z][fm]_[a-z]+\.(pt|bin|npy)")
_FAIRSEQ_LAYER: Final = "feature_extractor.conv_layers.0.0.weight"
_HF_LAYER: Final = "encoder.layers.0.attention.q_proj.weight"
_TORCHAUDIO_LAYER: Final = "encoder.transformer.layers.0.attention.q_proj.weight"
_VOICE_LAYER: Final = "enc_p.emb_phone.weight"


def recognise(file: Look) -> Kind:
    head = file.head
    if not file.size:
        return Kind("empty", "empty", "download it again")
    for offset, magic, what, way in _MAGIC:
        if head[offset:].startswith(magic):
            return Kind("foreign", what, way)
    if _WEB_PAGE.match(head):
        return Kind("page", "a web page, saved in place of the file", _DOWNLOAD)
    if re.match(rb"I[xwHBv][A-Za-z0-9]{2}", head):
        return Kind("index", "an index, which belongs to a voice", "svctl converters add VOICE.pth --index INDEX")
    if head.startswith(b"PK") and not file.words:
        return _archive(file)
    if file.words or file.tensors:
        return _model(file)
    if _is_onnx(file):
        return _onnx(file)
    if _is_text(head):
        return Kind("text", "a text file", _DOWNLOAD)
    if _KOKORO_VOICE.fullmatch(file.name):
        return Kind("kokoro", "a voice of Kokoro", _KOKORO)
    return UNKNOWN


def _archive(file: Look) -> Kind:
    names = sorted(name for name in file.members if not name.startswith("__MACOSX"))
    if not names:
        return UNKNOWN  # cut short, which the check will report
    voices = [name for name in names if name.endswith(".pth")]
    indexes = [name for name in names if name.endswith(".index")]
    if voices:
        index = f" --index {shlex.quote(_base(indexes[0]))}" if indexes else ""
        unpack = f"unzip it, then svctl converters add {shlex.quote(_base(voices[0]))}{index}"
        return Kind("archive", f"a zip archive with {_base(voices[0])} in it", unpack)
    if all(name.endswith(".npy") for name in names):
        kokoro = any(_KOKORO_VOICE.fullmatch(name) for name in names)
        if kokoro:
            return Kind("kokoro", "a file of Kokoro's voices", _KOKORO)
        return Kind("foreign", "a file of numpy arrays", _TAKE)
    return Kind("foreign", f"a zip archive without a voice (it holds {_base(names[0])})", _TAKE)


def _model(file: Look) -> Kind:
    """Identify a model by its parameter names; a safetensors file contains no other words."""
    words = file.words | file.tensors

    def has(*names: str) -> bool:
        return all(name in words for name in names)

    def any_begins(*stems: str) -> bool:
        return any(word.startswith(stems) for word in words)

    trained = has("model", "optimizer", "learning_rate")
    table: Iterable[tuple[Callable[[], bool], Kind]] = (
        (
            lambda: has(_FAIRSEQ_LAYER) or any_begins("fairseq."),
            Kind("fairseq", "HuBERT as fairseq saves it (hubert_base.pt)", _CONTENT),
        ),
        (lambda: any_ends(words, _TORCHAUDIO_LAYER), Kind("hubert", "HuBERT in the layout of torchaudio", _CONTENT)),
        (lambda: any_begins("emb_uv.", "model.emb_uv."), _other("so-vits-svc", "a converter of its own kind")),
        (lambda: any_begins("enc_p.ssl_proj.", "model.ar_text_embedding."), _other("GPT-SoVITS", "a speaking voice")),
        (lambda: any_begins("unit2ctrl."), _other("DDSP-SVC", "a converter of its own kind")),
        (
            lambda: trained and any_begins("enc_p."),
            Kind("training", "a training checkpoint of RVC (G_*.pth), not a voice", _EXPORT),
        ),
        (
            lambda: trained and any_begins("discriminators.", "mpd.", "msd."),
            Kind("training", "the discriminator of an RVC training (D_*.pth), not a voice", _EXPORT),
        ),
        (lambda: trained, Kind("training", "a training checkpoint, not a voice", _EXPORT)),
        (lambda: has(_VOICE_LAYER) or any_ends(words, f".{_VOICE_LAYER}"), Kind("voice", "a voice of RVC")),
        (lambda: any_ends(words, _HF_LAYER), Kind("contentvec", "a content encoder")),
        (lambda: has("fc.0.gru.weight_ih_l0"), Kind("rmvpe", "RMVPE")),
        (
            lambda: has("decoder.embed.weight", "head.istft.window") or has("model.embed_tokens.weight"),
            Kind(
                "soprano", "one file of a language model or of a Soprano checkpoint", "svctl voices add its DIRECTORY"
            ),
        ),
        (lambda: any_begins("tfmr.h.", "tfmr.layers.") or has("flow.encoder_proj.weight"), _part("Chatterbox")),
        (lambda: has("llm_embedding.weight") or has("spk_embed_affine_layer.weight"), _part("CosyVoice2")),
        (lambda: any_ends(words, "gpt.mel_embedding.weight"), _part("XTTS-v2")),
        (lambda: has("bert", "bert_encoder", "text_encoder"), Kind("kokoro", "Kokoro's model for torch", _KOKORO)),
        (lambda: bool(_KOKORO_VOICE.fullmatch(file.name)), Kind("kokoro", "a voice of Kokoro", _KOKORO)),
        (lambda: any("/code/" in member for member in file.members), Kind("foreign", "a TorchScript program", _TAKE)),
        (
            lambda: bool(file.tensors),
            Kind("foreign", f"the weights of another model (it has {min(words, default='')[:60]})", _TAKE),
        ),
    )
    return next((kind for matches, kind in table if matches()), UNKNOWN)


_EXPORT: Final = (
    "add the exported voice, the small .pth in RVC's assets/weights (or export one: its tab ckpt processing)"
)


def any_ends(words: Iterable[str], end: str) -> bool:
    return any(word.endswith(end) for word in words)


def _part(model: str) -> Kind:
    return Kind("part", f"one file of {model}", "svctl voices add its DIRECTORY")


def _other(program: str, what: str) -> Kind:
    return Kind("foreign", f"a model of {program}, {what}, which is not supported", _TAKE)


def _is_onnx(file: Look) -> bool:
    """Whether it is a protobuf with ONNX's ir_version as its first field and a field of ModelProto as its second."""
    head = file.head
    return (
        head[:1] == b"\x08"
        and head[1:2] < b"\x20"
        and head[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x2a", b"\x3a", b"\x42")
    )


def _onnx(file: Look) -> Kind:
    seen = file.head + file.tail
    about = f"{file.name}.json"
    if about in file.beside:
        return Kind("piper", "a voice of Piper", "add it with svctl voices add")
    if b"input_lengths" in seen and b"scales" in seen:
        return Kind("piper-alone", "a voice of Piper without its description", f"put its {about} beside it")
    if b"pitchf" in seen or b"nsff0" in seen:
        return Kind("foreign", "a voice of RVC exported to ONNX", "add the .pth that it was made from")
    if "kokoro" in file.name.lower():
        return Kind("kokoro", "Kokoro's model", _KOKORO)
    return Kind("foreign", "an ONNX model", _TAKE)


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-4].decode() if len(head) > 4 else head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 8:
            return False
        text = head[: error.start].decode()
    return all(character.isprintable() or character in "\r\n\t\f" for character in text)


def _base(name: str) -> str:
    return name.rpartition("/")[2]
