"""Converters: RVC's voices, and what all of them need."""

from pathlib import Path
from typing import Final

from steadyvoice.ipc.errors import one_line
from steadyvoice.workers.store.place import Misuse, Place, Refusal, bring
from steadyvoice.workers.store.registry import Done, checked, directory, module, own, register
from steadyvoice.workers.store.registry import remove as remove_any

_CONTENT, _RMVPE = "contentvec", "rmvpe"
_SHARED: Final = {_CONTENT: _CONTENT, _RMVPE: "rmvpe.pt"}
"""What all voices need, by its name here, and what it is called on the disk."""
_ENCODER: Final = ("model.safetensors", "pytorch_model.bin")
"""A content encoder's file, as transformers has it."""


def add(path: str, name: str | None, index: str | None, replace: bool) -> Done:
    """A voice (.pth), or the content encoder, or RMVPE: what it is, its contents tell."""
    if name:
        _own(name, replace)
    source = Path(path)
    if source.is_dir():
        source = next((source / file for file in _ENCODER if (source / file).is_file()), source / _ENCODER[0])
    beside = {"model.index": _index(Path(index))} if index else {}
    what = checked("converters.rvc.checkpoint", source)
    shared = next((each for each in _SHARED if what.lower().startswith(each)), None)
    if shared is None:
        name = _own(name or source.stem, replace)
        return register("converters", name, what, directory({"model.pth": source} | beside), replace)
    if name or index:
        raise Misuse(f"{one_line(path, 80)} is {what}, which takes neither --name nor --index: there is one for all")
    if shared == _CONTENT:
        file = _ENCODER[source.suffix != ".safetensors"]
        return register("models", _CONTENT, what, directory({file: source}), replace)
    return register("models", _SHARED[shared], what, lambda new: bring(source, new), replace)


def random(model: str, name: str | None, replace: bool) -> Done:
    """A voice of the published format and size whose weights mean nothing; a content encoder too, if there is none."""
    if model != "rvc":
        raise Misuse(f"there is no converter model {model!r} to make; there is rvc")
    name = _own(name or f"{model}-random", replace)
    rvc = module("converters.rvc.checkpoint")

    def content(new: Path) -> None:
        new.mkdir()
        rvc.make_random_content(new / _ENCODER[0])

    def voice(new: Path) -> None:
        new.mkdir()
        rvc.make_random(new / "model.pth")

    done = register("converters", name, "RVC v2 with random weights", voice, replace)
    if not Place("models").taken(_CONTENT):
        register("models", _CONTENT, "ContentVec with random weights", content, replace=False)
    return done


def remove(name: str) -> Done:
    if name in _SHARED:
        return remove_any("models", name, _SHARED[name])
    return remove_any("converters", name)


def _own(name: str, replace: bool) -> str:
    if name in _SHARED:
        raise Misuse(f"{name!r} is what the file that all converters share is called; choose another --name")
    return own("converters", name, replace)


def _index(path: Path) -> Path:
    """Refusal where it is none."""
    if not path.is_file():
        raise Refusal(f"there is no file {one_line(str(path))}")
    try:
        module("converters.rvc.index").Index(path)
    except (LookupError, ValueError) as error:
        raise Refusal(one_line(str(error))) from error
    return path
