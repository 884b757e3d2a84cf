"""Voices of random weights in the published format and size, for benchmarks: what makes each model's files."""

from pathlib import Path
from typing import Final, NamedTuple

from steadyvoice.ipc.random_weights import RANDOM_VOICES
from steadyvoice.workers.store.place import Misuse
from steadyvoice.workers.store.registry import Done, module, own, register


class Maker(NamedTuple):
    """A function of ``workers`` that writes files of a checkpoint into a new directory."""

    module: str
    function: str
    arguments: tuple[str, ...] = ()
    """After the directory's path."""


class Model(NamedTuple):
    title: str
    makers: tuple[Maker, ...]
    """Called in turn; the directory exists."""


def _chatterbox(title: str, variant: str) -> Model:
    language, sound = (f"engines.chatterbox.random_{part}" for part in ("checkpoint", "sound"))
    return Model(title, (Maker(language, "make_random", (variant,)), Maker(sound, "make_random", (variant,))))


MODELS: Final = {
    "soprano": Model("Soprano", (Maker("engines.soprano.random_checkpoint", "make_random"),)),
    "chatterbox-nano": _chatterbox("Chatterbox Nano", "nano"),
    "chatterbox-turbo": _chatterbox("Chatterbox Turbo", "turbo"),
    "chatterbox": _chatterbox("Chatterbox", "full"),
    "cosyvoice2": Model(
        "CosyVoice2",
        (
            Maker("engines.cosyvoice.random_checkpoint", "make_random"),
            Maker("engines.cosyvoice.random_sound", "make_random"),
        ),
    ),
    "xtts": Model("XTTS-v2", (Maker("engines.xtts.random_checkpoint", "make_random"),)),
}
"""By the names of RANDOM_VOICES."""


def make(model: str, name: str | None, replace: bool) -> Done:
    """Add a voice of random weights. Misuse where there is no such model; ModuleNotFoundError."""
    if model not in MODELS:
        raise Misuse(f"there is no voice model {model!r} to make; there is {', '.join(RANDOM_VOICES)}")
    name = own("voices", name or f"{model}-random", replace)
    found = MODELS[model]
    makers = [(getattr(module(each.module), each.function), each.arguments) for each in found.makers]

    def fill(new: Path) -> str:
        new.mkdir()
        for maker, arguments in makers:
            maker(new, *arguments)
        return f"{found.title} with random weights"

    return register("voices", name, fill, replace)
