"""Files of unsupported kinds, as users have them, with the expected message for each."""

import io
import struct
import warnings
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Write = Callable[[Path], object]


def text(content: str) -> Write:
    return lambda path: path.write_text(content)


def data(content: bytes) -> Write:
    return lambda path: path.write_bytes(content)


def torched(content: Any, *, legacy: bool = False) -> Write:
    """What torch.save makes of the content, or of what it returns where it is a function."""

    def write(path: Path) -> None:
        import torch

        torch.save(content() if callable(content) else content, path, _use_new_zipfile_serialization=not legacy)

    return write


def tensors(*names: str) -> dict[str, Any]:
    import torch

    return {name: torch.zeros(1) for name in names}


def safetensors(*names: str) -> Write:
    def write(path: Path) -> None:
        from safetensors.torch import save_file

        save_file(tensors(*names), path)

    return write


def zipped(*names: str) -> Write:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"x" * 100)

    return write


def recording(path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(bytes(32000))


def onnx(*names: str) -> Write:
    """A graph with these inputs."""

    def write(path: Path) -> None:
        from onnx import TensorProto, helper

        inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in names]
        output = helper.make_tensor_value_info("audio", TensorProto.FLOAT, [1])
        graph = helper.make_graph([helper.make_node("Identity", [names[0]], ["audio"])], "graph", inputs, [output])
        path.write_bytes(helper.make_model(graph, producer_name="pytorch").SerializeToString())

    return write


def scripted(path: Path) -> None:
    import torch

    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), str(path))


def npz(path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, af_heart=np.zeros(4, np.float32), bm_george=np.zeros(4, np.float32))
    path.write_bytes(buffer.getvalue())


class Namespace:
    """Stands for fairseq's classes in a pickle: only its name is written."""


def fairseq(*, legacy: bool) -> Write:
    def write(path: Path) -> None:
        Namespace.__module__, Namespace.__qualname__ = "fairseq.data.dictionary", "Dictionary"
        import sys
        from types import ModuleType

        module = ModuleType("fairseq.data.dictionary")
        vars(module)["Dictionary"] = Namespace
        names = ("fairseq", "fairseq.data", "fairseq.data.dictionary")
        sys.modules |= dict.fromkeys(names, module)
        try:
            content: dict[str, object] = {
                "args": None,
                "cfg": {"common": {}},
                "model": tensors("feature_extractor.conv_layers.0.0.weight", "label_embs_concat"),
                "task_state": {"dictionaries": [Namespace()]},
                "optimizer_history": [],
            }
            torched(content, legacy=legacy)(path)
        finally:
            for name in names:
                del sys.modules[name]

    return write


def training(*names: str) -> dict[str, Any]:
    return {"model": tensors(*names), "iteration": 2333, "optimizer": {"state": {}}, "learning_rate": 1e-4}


FOREIGN: dict[str, tuple[str, Write, list[str]]] = {
    "empty": ("ann.pth", data(b""), ["is empty", "download"]),
    "a web page": ("ann.pth", text("\n<!DOCTYPE html>\n<html><body>Sign in</body></html>"), ["web page", "/resolve/"]),
    "a web page with a mark": ("ann.pth", data(b"\xef\xbb\xbf<html>\n</html>"), ["web page"]),
    "an error of a store": ("ann.pth", text('<?xml version="1.0"?><Error>AccessDenied</Error>'), ["web page"]),
    "a Git LFS pointer": (
        "model.safetensors",
        text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n"),
        ["Git LFS pointer", "git lfs pull"],
    ),
    "an error in JSON": ("ann.pth", text('{"error": "Invalid username or password."}'), ["text file", "download"]),
    "a text of many letters": ("ann.pth", text("Größe " * 2000), ["text file"]),
    "a recording": ("ann.wav", recording, ["recording (WAV)"]),
    "a recording as a voice": ("ann.pth", recording, ["recording (WAV)"]),
    "FLAC": ("ann.flac", data(b"fLaC" + bytes(100)), ["recording (FLAC)"]),
    "MP3": ("ann.mp3", data(b"ID3\3" + bytes(100)), ["recording (MP3)"]),
    "MP4": ("ann.m4a", data(b"\0\0\0\x20ftypM4A " + bytes(100)), ["MP4"]),
    "GGUF": ("orpheus.gguf", data(b"GGUF\3\0\0\0" + bytes(100)), ["GGUF", "llama.cpp"]),
    "ONNX": ("model.onnx", onnx("x"), ["ONNX model"]),
    "a voice as ONNX": ("ann.onnx", onnx("feats", "p_len", "pitch", "pitchf", "sid"), ["RVC", "ONNX", ".pth"]),
    "Piper": (
        "en_US-amy.onnx",
        onnx("input", "input_lengths", "scales"),
        ["Piper", "without its description", "put its en_US-amy.onnx.json beside it"],
    ),
    "Kokoro": ("kokoro-v1.0.onnx", onnx("tokens", "style", "speed"), ["Kokoro"]),
    "Kokoro's voices": ("voices-v1.0.bin", npz, ["Kokoro"]),
    "a speaker of Kokoro": ("af_heart.pt", torched(lambda: tensors("x")["x"]), ["Kokoro"]),
    "Kokoro for torch": (
        "kokoro-v1_0.pth",
        torched(lambda: {key: {} for key in ("bert", "bert_encoder", "predictor", "decoder", "text_encoder")}),
        ["Kokoro"],
    ),
    "a zip of a voice": ("ann.zip", zipped("a/ann.pth", "a/added_ann_v2.index"), ["zip", "ann.pth --index added_ann"]),
    "a zip of a voice with a space": ("a.zip", zipped("my ann.pth"), ["svctl converters add 'my ann.pth'"]),
    "a zip of a voice, from a Mac": ("a.zip", zipped("__MACOSX/._ann.pth", "ann.pth"), ["with ann.pth in it"]),
    "a zip of pictures": ("a.zip", zipped("a.png"), ["zip", "a.png"]),
    "7z": ("ann.7z", data(b"7z\xbc\xaf\x27\x1c" + bytes(100)), ["7z", "unpack"]),
    "RAR": ("ann.rar", data(b"Rar!\x1a\7" + bytes(100)), ["RAR", "unpack"]),
    "tar.gz": ("ann.tar.gz", data(b"\x1f\x8b\x08" + bytes(100)), ["gzip", "unpack"]),
    "fairseq": ("hubert_base.pt", fairseq(legacy=False), ["fairseq", "converters pull contentvec"]),
    "fairseq, an old file": ("hubert_base.pt", fairseq(legacy=True), ["fairseq", "converters pull contentvec"]),
    "HuBERT of torchaudio": (
        "hubert.pt",
        torched(lambda: tensors("encoder.transformer.layers.0.attention.q_proj.weight")),
        ["torchaudio"],
    ),
    "G_2333.pth": ("G_2333.pth", torched(lambda: training("enc_p.emb_phone.weight")), ["training", "export"]),
    "an old G_2333.pth": (
        "G_2333.pth",
        torched(lambda: training("enc_p.emb_phone.weight"), legacy=True),
        ["training", "export"],
    ),
    "D_2333.pth": ("D_2333.pth", torched(lambda: training("discriminators.0.w")), ["discriminator"]),
    "so-vits-svc": ("G_8000.pth", torched(lambda: training("emb_uv.weight", "enc_p.proj.weight")), ["so-vits-svc"]),
    "GPT-SoVITS": (
        "ann_e8_s200.pth",
        torched(lambda: {"weight": tensors("enc_p.ssl_proj.weight"), "config": {}, "info": "x"}),
        ["GPT-SoVITS"],
    ),
    "DDSP-SVC": ("model_100.pt", torched(lambda: {"model": tensors("unit2ctrl.w"), "global_step": 1}), ["DDSP"]),
    "TorchScript": ("ann.pt", scripted, ["TorchScript"]),
    "another safetensors": ("lora.safetensors", safetensors("lora.up.weight"), ["another model", "lora.up.weight"]),
    "a language model": ("model.safetensors", safetensors("model.embed_tokens.weight"), ["voices add"]),
    "a picture": ("ann.png", data(b"\x89PNG\r\n\x1a\n" + bytes(100)), ["picture"]),
    "a numpy array": ("ann.npy", data(b"\x93NUMPY" + bytes(100)), ["numpy"]),
    "HDF5": ("ann.h5", data(b"\x89HDF\r\n" + bytes(100)), ["HDF5"]),
    "an index": ("added_ann_v2.index", data(b"IwFl" + struct.pack("<i", 768) + bytes(100)), ["index", "--index"]),
}  # fmt: skip
"""By its name: the file's name, how it is written, and words of the one line."""
