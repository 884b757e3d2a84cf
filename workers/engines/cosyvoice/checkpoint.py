"""Published directories of CosyVoice2: reading the language model's part. No code in a file is executed.

Beside llm.pt, flow.pt and hift.pt there is a folder with Qwen2's tokenizer, and spk2info.pt, in which
``add_zero_shot_spk`` and ``save_spkinfo`` of FunAudioLLM/CosyVoice at ace7c47 keep voices; the first one is used.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.speakers import require

if TYPE_CHECKING:
    from torch import Tensor

    from steadyvoice.workers.engines.cosyvoice.lm import CosyShape, CosyVoice
    from steadyvoice.workers.engines.text_tokens import Encode

WEIGHTS, FLOW, HIFT = "llm.pt", "flow.pt", "hift.pt"
VOICES, TOKENIZER = "spk2info.pt", "CosyVoice-BlankEN"
FILES = (WEIGHTS, FLOW, HIFT, VOICES, f"{TOKENIZER}/vocab.json", f"{TOKENIZER}/merges.txt")


def is_one(files: Iterable[str]) -> bool:
    """Whether a directory with these files is a voice of CosyVoice2."""
    return not {WEIGHTS, VOICES}.isdisjoint(files)


def files(path: Path) -> tuple[str, ...]:
    """All files that speaking needs, relative to the directory. BadModelFile where one is missing."""
    require(path, FILES, "CosyVoice2")
    return FILES


def check(path: Path) -> str:
    """Check the language model's part; return a description such as "CosyVoice2, 506 M". BadModelFile."""
    from steadyvoice.workers.engines.cosyvoice import lm

    files(path)
    encoder(path, lm.SHAPE)
    lm_voice(path, lm.SHAPE)
    parameters = sum(tensor.numel() for tensor in language_model(path, lm.SHAPE).values())
    return f"CosyVoice2, {parameters / 1e6:.0f} M"


def language_model(path: Path, shape: "CosyShape", device: str = "cpu") -> dict[str, "Tensor"]:
    """BadModelFile."""
    from steadyvoice.workers.networks import tensor_file

    return tensor_file.chosen(path / WEIGHTS, tensor_file.plain(path / WEIGHTS), shape.tensors, device)


def encoder(path: Path, shape: "CosyShape") -> "Encode":
    """BadModelFile."""
    from steadyvoice.workers.engines import text_tokens

    return text_tokens.byte_pairs(path / TOKENIZER, text_tokens.QWEN2, shape.text_vocab)


def voice(path: Path) -> Mapping[str, Any]:
    """The first voice of spk2info.pt, for language model and flow. BadModelFile."""
    from steadyvoice.workers.networks import tensor_file

    said = next(iter(tensor_file.plain(path / VOICES).values()), None)
    if not isinstance(said, Mapping):
        raise BadModelFile(f"{path / VOICES} has no voice; make one with add_zero_shot_spk and save_spkinfo")
    return said


def lm_voice(path: Path, shape: "CosyShape") -> "CosyVoice":
    """BadModelFile."""
    from steadyvoice.workers.engines.cosyvoice.lm import CosyVoice

    said = voice(path)
    text = _tokens(path, said, "prompt_text", shape.text_vocab)
    return CosyVoice(text, _tokens(path, said, "llm_prompt_speech_token", shape.speech))


def _tokens(path: Path, said: Mapping[str, Any], name: str, vocab: int) -> list[int]:
    import torch

    tokens = said.get(name)
    if not isinstance(tokens, torch.Tensor) or tokens.is_floating_point():
        raise BadModelFile(f'{path / VOICES}: "{name}" is not a tensor of tokens')
    ids: list[int] = tokens.flatten().tolist()
    if not all(0 <= token < vocab for token in ids):
        raise BadModelFile(f'{path / VOICES}: "{name}" has tokens that the model does not know')
    return ids
