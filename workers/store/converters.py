"""Converters: RVC's voices, and what all of them need."""

from pathlib import Path
from typing import Final

from steadyvoice.ipc.errors import BadModelFile, NotInstalled, one_line
from steadyvoice.ipc.paths import store
from steadyvoice.workers.store.copying import copy_file
from steadyvoice.workers.store.look import Look, look
from steadyvoice.workers.store.place import Misuse, Place, Refusal
from steadyvoice.workers.store.pull import Download
from steadyvoice.workers.store.recognise import Kind, recognise
from steadyvoice.workers.store.registry import (
    Done,
    bad_files_refused,
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
from steadyvoice.workers.store.registry import remove as remove_any

_CONTENT, _RMVPE = "contentvec", "rmvpe"
_SHARED: Final = {_CONTENT: _CONTENT, _RMVPE: "rmvpe.pt"}
"""What all voices need, by its name here, and what it is called on the disk."""
_ENCODER: Final = ("model.safetensors", "pytorch_model.bin")
"""A content encoder's file, as transformers has it."""
PUBLISHED: Final = {_CONTENT: "lengyue233/content-vec-best"}
"""Repositories on the Hugging Face hub: ContentVec in the layout of transformers."""
_CHECKPOINT: Final = "converters.rvc.checkpoint"
_MISSING: Final = "the content encoder, which every RVC voice needs, is missing: svctl converters pull contentvec"


def add(path: str, name: str | None, index: str | None, replace: bool) -> Done:
    """A voice (.pth), or the content encoder, or RMVPE: what it is, its contents tell."""
    if name:
        _own(name, replace)
    source = _file(Path(path))
    seen = look(source)
    kind = recognise(seen)
    if kind.key not in ("", "voice", *_SHARED):
        raise refuse(source, kind)
    if kind.key in _SHARED:
        if name or index:
            raise Misuse(
                f"{one_line(path, 80)} is {kind.what}, which takes neither --name nor --index: there is one for all"
            )
        return _add_shared(kind.key, source, seen, replace)
    name = name or _own(named(str(source)), replace)
    return _add_voice(source, seen, name, Path(index) if index else None, replace)


def pull(what: str, replace: bool) -> Done:
    """The content encoder, from the Hugging Face hub."""
    if what not in PUBLISHED:
        raise Misuse(f"{one_line(what, 80)!r} is not known; there is {', '.join(PUBLISHED)}")
    needs("torch", "safetensors")
    download = Download("models", PUBLISHED[what])

    def make(new: Path) -> str:
        new.mkdir()
        with download:
            copy = download.bring_first(_ENCODER, new)
            try:
                return _check(copy, f"{PUBLISHED[what]}/{copy.name}", what)
            finally:
                download.discard()

    return register("models", _SHARED[what], make, replace, called=what) | {"from": download.origin}


def random(model: str, name: str | None, replace: bool) -> Done:
    """A voice of the published format and size whose weights mean nothing; a content encoder too, if there is none."""
    if model != "rvc":
        raise Misuse(f"there is no converter model {model!r} to make; there is rvc")
    name = _own(name or f"{model}-random", replace)
    rvc = module(_CHECKPOINT)

    def content(new: Path) -> str:
        new.mkdir()
        rvc.make_random_content(new / _ENCODER[0])
        return "ContentVec with random weights"

    def voice(new: Path) -> str:
        new.mkdir()
        rvc.make_random(new / "model.pth")
        return "RVC v2 with random weights"

    done = register("converters", name, voice, replace)
    if not Place("models").taken(_CONTENT):
        register("models", _CONTENT, content, replace=False)
    return done


def remove(name: str) -> Done:
    if name in _SHARED:
        return remove_any("models", name, _SHARED[name])
    return remove_any("converters", name)


def _add_voice(source: Path, seen: Look, name: str, index: Path | None, replace: bool) -> Done:
    notes: list[str] = []

    def make(new: Path) -> str:
        new.mkdir()
        voice = new / "model.pth"
        copy_file(source, voice)
        if seen.tensors:
            voice.rename(given := new / "given.safetensors")
            rvc = module(_CHECKPOINT)
            with bad_files_refused(rvc, given, str(source)):
                notes.append(rvc.write_voice(given, voice))
            given.unlink()
        found = checked(_CHECKPOINT, voice, str(source))
        if found.kind != "voice":
            raise _changed(source)
        if index:
            _copy_index(index, new / "model.index")
        notes.extend(found.notes)
        return str(found.what)

    done = register("converters", name, make, replace)
    encoder = any((store("models") / _CONTENT / file).is_file() for file in _ENCODER)
    return noted(done, *notes, "" if encoder else _MISSING)


def _add_shared(key: str, source: Path, seen: Look, replace: bool) -> Done:
    def make(new: Path) -> str:
        if key == _CONTENT:
            new.mkdir()
            new = new / _ENCODER[not seen.tensors]
        copy_file(source, new)
        return _check(new, str(source), key)

    return register("models", _SHARED[key], make, replace, called=key)


def _check(copy: Path, source: str, key: str) -> str:
    found = checked(_CHECKPOINT, copy, source)
    if found.kind != key:
        raise _changed(Path(source))
    return str(found.what)


def _changed(source: Path) -> Refusal:
    return Refusal(f"{one_line(str(source))} was changed while it was added; add it again")


def _file(path: Path) -> Path:
    """In a directory, the content encoder's file. Refusal, with the way out, where it has none."""
    if not path.is_dir():
        return path
    here = sorted(each for each in path.iterdir() if each.is_file())
    if encoder := next((path / file for file in _ENCODER if path / file in here), None):
        return encoder
    shown = one_line(str(path))
    if voices := [each for each in here if each.suffix == ".pth" and not each.stem.startswith(("G_", "D_"))]:
        if (path / "decoder.pth") in voices and (path / "config.json") in here:
            raise Refusal(f"{shown} is a voice, not a converter: svctl voices add {typed(path)}")
        more = [f" --index {typed(each)}" for each in here if each.suffix == ".index"]
        raise Refusal(
            f"{shown} is a directory; add the voice in it: svctl converters add {typed(voices[0])}{''.join(more[:1])}"
        )
    raise Refusal(f"{shown} has neither {' nor '.join(_ENCODER)} nor a .pth in it; give the path of a voice (.pth)")


def _own(name: str, replace: bool) -> str:
    if name in _SHARED:
        raise Misuse(f"{name!r} is what the file that all converters share is called; choose another --name")
    return own("converters", name, replace)


def _copy_index(source: Path, copy: Path) -> None:
    """Refusal where it is none."""
    kind = recognise(look(source))
    if kind.key not in ("", "index"):
        raise refuse(source, Kind(kind.key, kind.what, "--index takes the added_…_v2.index of this voice"))
    copy_file(source, copy)
    try:
        module("converters.rvc.index").Index(copy)
    except (NotInstalled, BadModelFile) as error:
        raise Refusal(one_line(str(error).replace(str(copy), str(source)))) from error
