"""Piper's voices in the store: a model ``X.onnx`` and its description ``X.onnx.json``."""

import re
from pathlib import Path
from typing import Final

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.engines.piper.added import ABOUT, CARD, MODEL
from steadyvoice.workers.store.copying import copy_file
from steadyvoice.workers.store.look import look
from steadyvoice.workers.store.pull import Download
from steadyvoice.workers.store.recognise import Kind, recognise
from steadyvoice.workers.store.registry import (
    Done,
    checked,
    module,
    named,
    needs,
    noted,
    own,
    refuse,
    register,
    typed,
)

REPOSITORY: Final = "rhasspy/piper-voices"
"""On the Hugging Face hub, as https://github.com/rhasspy/piper names it."""
_CHECKPOINT: Final = "engines.piper.checkpoint"
_PUBLISHED: Final = re.compile(r"(?P<base>[a-z]{2,3})_[A-Z]{2}-(?P<name>\w+)-(?P<quality>x_low|low|medium|high)")


def found(source: Path) -> Path | None:
    """The model of the only voice of Piper in a directory, or of which ``source`` is one of the two files; else None.

    Refusal where a directory has several.
    """
    if source.is_dir():
        models = sorted(each for each in source.glob(f"*{MODEL}") if each.with_name(f"{each.name}.json").exists())
        if len(models) > 1:
            kind = Kind("", f"a directory with {len(models)} voices of Piper", f"svctl voices add {typed(models[0])}")
            raise refuse(source, kind)
        return models[0] if models else None
    if source.name.endswith(ABOUT):
        source = source.with_name(source.name.removesuffix(".json"))
    return source if source.name.endswith(MODEL) and source.with_name(f"{source.name}.json").exists() else None


def add(model: Path, name: str | None, replace: bool) -> Done:
    name = own("voices", name or named(str(model)), replace)
    if (kind := recognise(look(model))).key not in ("", "piper"):
        raise refuse(model, kind)

    def make(new: Path) -> str:
        new.mkdir()
        for file in (model, model.with_name(f"{model.name}.json")):
            copy_file(file, new / file.name)
        if (card := model.with_name(CARD)).is_file():
            copy_file(card, new / CARD)
        return str(checked(_CHECKPOINT, new, str(model.parent)))

    return _with_program(register("voices", name, make, replace))


def is_published(what: str) -> bool:
    """Whether it is a name such as en_US-joe-medium."""
    return _PUBLISHED.fullmatch(what) is not None


def pull(what: str, name: str | None, replace: bool) -> Done:
    """Fetch a published voice, by its name in the repository."""
    known = _PUBLISHED.fullmatch(what)
    assert known is not None
    name = own("voices", name or what, replace)
    needs("huggingface_hub")
    folder = f"{known['base']}/{what.partition('-')[0]}/{known['name']}/{known['quality']}"
    download = Download("voices", REPOSITORY)

    def make(new: Path) -> str:
        new.mkdir()
        with download:
            for file in (f"{what}{ABOUT}", f"{what}{MODEL}", CARD):
                download.bring(f"{folder}/{file}", new / file)
            try:
                return str(checked(_CHECKPOINT, new, REPOSITORY))
            finally:
                download.discard()

    return _with_program(register("voices", name, make, replace)) | {"from": download.origin}


def _with_program(done: Done) -> Done:
    """With a remark where nothing on this machine reads the voice's language."""
    added, reading = module("engines.piper.added"), module("engines.piper.reading")
    described = next(file for file in Path(done["path"]).iterdir() if file.name.endswith(added.ABOUT))
    about = module("engines.piper.published").read(described)
    try:
        reading.check_readable(about)
    except NotInstalled as error:
        return noted(done, str(error))
    return done
