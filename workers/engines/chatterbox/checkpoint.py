"""Published directories of Chatterbox: which variant, and reading its parts. No code in a file is executed.

Beside the language model (t3_….safetensors) there is one file of flow and vocoder (s3gen….safetensors), and conds.pt
with the voice: a mapping ``t3`` for the language model and a mapping ``gen`` for the flow.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.speakers import require

if TYPE_CHECKING:
    from torch import Tensor

    from steadyvoice.workers.engines.chatterbox.t3 import Conditions
    from steadyvoice.workers.engines.chatterbox.variants import Variant

WEIGHTS = {"t3_cfg.safetensors": "full", "t3_turbo_v1.safetensors": "turbo", "t3_nano_v1.safetensors": "nano"}
"""Name of the variant by the file of its language model."""
_ADDED = "added_tokens.json"
"""Further tokens of Turbo's and Nano's tokenizer."""


def variant_name(files: Iterable[str]) -> str | None:
    """The variant of a directory with these files; None where it is no Chatterbox."""
    return next((WEIGHTS[file] for file in sorted(files) if file in WEIGHTS), None)


def is_one(files: Iterable[str]) -> bool:
    """Whether a directory with these files is a voice of Chatterbox."""
    return variant_name(files) is not None


def files(path: Path) -> tuple[str, ...]:
    """All files that speaking needs, relative to the directory. BadModelFile where one is missing."""
    more = (path / _ADDED).is_file()
    return (*variant(path).files, *([_ADDED] if more else []))


def variant(path: Path) -> "Variant":
    """BadModelFile where a file of the variant is missing."""
    from steadyvoice.workers.engines.chatterbox.variants import VARIANTS

    name = variant_name(file.name for file in path.iterdir())
    if name is None:
        raise BadModelFile(f"{path} has none of {', '.join(WEIGHTS)}")
    require(path, VARIANTS[name].files, f"Chatterbox {name}")
    return VARIANTS[name]


def check(path: Path) -> str:
    """Check the language model's part; return a description such as "Chatterbox nano, 140 M". BadModelFile."""
    from steadyvoice.workers.engines.chatterbox import text

    found = variant(path)
    text.encoder(path, found)
    conditions(path, found)
    parameters = sum(tensor.numel() for tensor in language_model(path, found).values())
    return f"Chatterbox {found.name}, {parameters / 1e6:.0f} M"


def language_model(path: Path, variant: "Variant", device: str = "cpu") -> dict[str, "Tensor"]:
    """The tensors of T3. BadModelFile."""
    from steadyvoice.workers.networks import tensor_file

    file = path / variant.weights
    return tensor_file.chosen(file, tensor_file.TensorFile(file), variant.shape.tensors, device)


def conditions(path: Path, variant: "Variant") -> "Conditions":
    """The voice, for T3. BadModelFile."""
    import torch

    from steadyvoice.workers.engines.chatterbox.t3 import Conditions

    file = path / "conds.pt"
    said = voice(path)["t3"]
    speaker, prompt, emotion = (said.get(name) for name in ("speaker_emb", "cond_prompt_speech_tokens", "emotion_adv"))
    if not isinstance(speaker, torch.Tensor) or speaker.numel() != variant.shape.speaker:
        raise BadModelFile(f'{file}: "speaker_emb" is not a tensor of {variant.shape.speaker} numbers')
    if not isinstance(prompt, torch.Tensor) or not 0 < prompt.numel() <= variant.prompt:
        raise BadModelFile(f'{file}: "cond_prompt_speech_tokens" is not a tensor of 1 to {variant.prompt} tokens')
    tokens = prompt.flatten().long()
    if not 0 <= int(tokens.min()) <= int(tokens.max()) < variant.shape.speech_vocab:
        raise BadModelFile(f'{file}: "cond_prompt_speech_tokens" has tokens that the model does not know')
    return Conditions(speaker.flatten().float(), tokens, float(torch.as_tensor(emotion or 0.0).flatten()[0]))


def voice(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """conds.pt: ``t3`` and ``gen``. BadModelFile."""
    from steadyvoice.workers.networks import tensor_file

    file = path / "conds.pt"
    said = tensor_file.plain(file)
    if not all(isinstance(said.get(part), Mapping) for part in ("t3", "gen")):
        raise BadModelFile(f'{file} is no voice of Chatterbox: it has no mappings "t3" and "gen"')
    return said
