"""Published directories of XTTS-v2: reading the language model's part. No code in a file is executed.

model.pth has the weights beside the configuration as objects of Coqui's classes, of which only the names are accepted.
speakers_xtts.pth has the latents of voices; the first one is used.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.speakers import require

if TYPE_CHECKING:
    from torch import Tensor

    from steadyvoice.workers.engines.text_tokens import Encode
    from steadyvoice.workers.engines.xtts.gpt import GptShape

WEIGHTS, VOICES, TOKENIZER = "model.pth", "speakers_xtts.pth", "vocab.json"
FILES = (WEIGHTS, VOICES, TOKENIZER)
_CLASSES: Final = (
    "TTS.tts.configs.xtts_config.XttsConfig",
    "TTS.tts.models.xtts.XttsArgs",
    "TTS.tts.models.xtts.XttsAudioConfig",
    "TTS.config.shared_configs.BaseDatasetConfig",
)


class _Ignored:
    """In place of an object of the configuration: nothing of it is kept."""

    def __setstate__(self, state: object) -> None: ...


def is_one(files: Iterable[str]) -> bool:
    """Whether a directory with these files is a voice of XTTS-v2."""
    return VOICES in files


def files(path: Path) -> tuple[str, ...]:
    """All files that speaking needs, relative to the directory. BadModelFile where one is missing."""
    require(path, FILES, "XTTS-v2")
    return FILES


def check(path: Path) -> str:
    """Check the language model's part; return a description such as "XTTS-v2, 388 M". BadModelFile."""
    from steadyvoice.workers.engines.xtts import gpt

    files(path)
    encoder(path, gpt.SHAPE, "en")
    voice(path, gpt.SHAPE)
    parameters = sum(tensor.numel() for tensor in language_model(path, gpt.SHAPE).values())
    return f"XTTS-v2, {parameters / 1e6:.0f} M"


def weights(path: Path) -> Mapping[str, Any]:
    """All tensors of model.pth, of language model and vocoder. BadModelFile."""
    import torch

    from steadyvoice.workers.networks import tensor_file

    with torch.serialization.safe_globals([(_Ignored, name) for name in _CLASSES]):
        said = tensor_file.plain(path / WEIGHTS)
    found = said.get("model", said)
    if not isinstance(found, Mapping):
        raise BadModelFile(f'{path / WEIGHTS}: "model" is no mapping of names to tensors')
    return {name.removeprefix("xtts."): tensor for name, tensor in found.items()}


def language_model(path: Path, shape: "GptShape", device: str = "cpu") -> dict[str, "Tensor"]:
    """BadModelFile."""
    from steadyvoice.workers.networks import tensor_file

    return tensor_file.chosen(path / WEIGHTS, weights(path), shape.tensors, device)


def encoder(path: Path, shape: "GptShape", language: str) -> "Encode":
    """Tokens of a text in lower case, with the mark of its language. BadModelFile."""
    from steadyvoice.workers.engines import text_tokens

    marks = {"[START]": shape.start_text, "[STOP]": shape.stop_text}
    encode = text_tokens.spaced(path / TOKENIZER, shape.text_vocab, marks)
    return lambda text: encode(f"[{language}]{' '.join(text.lower().replace(chr(34), '').split())}")


def voice(path: Path, shape: "GptShape") -> tuple["Tensor", "Tensor"]:
    """Latents [1, n, width] for the language model, and a vector [512] for the vocoder. BadModelFile."""
    import torch

    from steadyvoice.workers.networks import tensor_file

    said = next(iter(tensor_file.plain(path / VOICES).values()), None)
    latents, speaker = (
        said.get(name) if isinstance(said, Mapping) else None for name in ("gpt_cond_latent", "speaker_embedding")
    )
    if not isinstance(latents, torch.Tensor) or latents.shape != (1, shape.queries, shape.layers.width):
        raise BadModelFile(f'{path / VOICES}: "gpt_cond_latent" of the first voice has not the shape of latents')
    if not isinstance(speaker, torch.Tensor) or not speaker.is_floating_point():
        raise BadModelFile(f'{path / VOICES}: "speaker_embedding" of the first voice is no tensor of numbers')
    return latents.float(), speaker.flatten().float()
