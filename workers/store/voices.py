"""Voices in the store: of all engines, and those of hibari that its package does not contain."""

import hashlib
import re
from pathlib import Path
from typing import Any, Final

from steadyvoice.ipc.errors import one_line
from steadyvoice.workers.engines.soprano import FILES
from steadyvoice.workers.store import checkpoints, kokoro, piper, random_voices
from steadyvoice.workers.store.copying import copy_file
from steadyvoice.workers.store.look import look
from steadyvoice.workers.store.place import Misuse, Refusal
from steadyvoice.workers.store.pull import Download
from steadyvoice.workers.store.recognise import Kind, recognise
from steadyvoice.workers.store.registry import Done, checked, named, needs, own, refuse, register, typed
from steadyvoice.workers.store.registry import remove as remove_any

PUBLISHED: Final = {"soprano": "ekwek/Soprano-1.1-80M", "soprano-1.0": "ekwek/Soprano-80M"}
"""Repositories on the Hugging Face hub, as https://github.com/ekwek1/soprano names them."""

_CHECKPOINT: Final = "engines.soprano.checkpoint"
_MOST_FILES: Final = 32
"""Files of a directory that are inspected to identify it."""


def add(path: str, name: str | None, replace: bool) -> Done:
    """Add a directory with a published checkpoint, or with Kokoro's graph and voices, or a voice of Piper."""
    source = Path(path)
    if (model := piper.found(source)) is not None:
        return piper.add(model, name, replace)
    if kokoro.is_kokoro(source):
        return kokoro.add(source, own("voices", name or kokoro.NAME, replace), replace)
    name = own("voices", name or named(path), replace)
    if (engine := checkpoints.found(source)) is not None:
        return checkpoints.add(engine, source, name, replace)
    _must_be_soprano(source)

    def make(new: Path) -> str:
        new.mkdir()
        for file in FILES:
            copy_file(source / file, new / file)
        return str(checked(_CHECKPOINT, new, str(source)))

    return register("voices", name, make, replace)


def random(model: str, name: str | None, replace: bool) -> Done:
    """Create a checkpoint of random weights in the published format and size."""
    return random_voices.make(model, name, replace)


def pull(what: str, name: str | None, replace: bool) -> Done:
    """Fetch a voice of hibari or Piper, all of Kokoro, a name of PUBLISHED, or OWNER/NAME of another Soprano voice."""
    if piper.is_published(what):
        return piper.pull(what, name, replace)
    others = _hibari()
    if what in others:
        if name and name != what:
            raise Misuse(f"{what!r} is the name of this voice in its package; leave --name out")
        return _pull_hibari(what, others[what], replace)
    if what == kokoro.NAME:
        return kokoro.pull(own("voices", name or what, replace), replace)
    repository = PUBLISHED.get(what, what)
    if "/" not in repository:
        known = ", ".join(
            [*(key for key, about in others.items() if not about.get("bundled")), kokoro.NAME, *PUBLISHED]
        )
        raise Misuse(
            f"{one_line(what, 80)!r} is not known; there are {known}, voices of Piper such as en_US-joe-medium, and "
            "OWNER/NAME of any repository"
        )
    name = own("voices", name or named(f"/{what}"), replace)
    needs("torch", "tokenizers", "safetensors")
    download = Download("voices", repository)

    def make(new: Path) -> str:
        new.mkdir()
        with download:
            for file in FILES:
                download.bring(file, new / file)
            try:
                return str(checked(_CHECKPOINT, new, repository))
            finally:
                download.discard()

    return register("voices", name, make, replace) | {"from": download.origin}


def remove(name: str) -> Done:
    return remove_any("voices", name)


def _hibari() -> dict[str, Any]:
    """The package's list of voices, by name: file, bytes, sha256."""
    from hibari.voices import VOICES

    return dict(VOICES)


def _pull_hibari(name: str, about: dict[str, Any], replace: bool) -> Done:
    """The file must match the package's checksum, whatever the hub reports."""
    from hibari.voices import BASE_URL

    own("voices", name, replace)
    address = re.fullmatch(r"https?://[^/]+/([^/]+/[^/]+)/resolve/main/(.*)", BASE_URL)
    if address is None:
        raise Refusal(f"the installed hibari-tts does not say on which model hub the voice {name!r} is; update it")
    needs("huggingface_hub")
    download = Download("voices", address[1])

    def make(new: Path) -> str:
        new.mkdir()
        with download:
            copy = download.bring(f"{address[2]}{about['file']}", new / about["file"])
            download.discard()
        with copy.open("rb") as data:
            if hashlib.file_digest(data, "sha256").hexdigest() != about["sha256"]:
                raise Refusal(
                    f"{address[1]} has another {about['file']} than the installed hibari-tts; update one of them"
                )
        return f"hibari, {about['language']}"

    return register("voices", name, make, replace) | {"from": download.origin}


def _must_be_soprano(path: Path) -> None:
    """Refusal, with what to do, where the directory is obviously something else. The check reads all of it later."""
    shown = one_line(str(path))
    if not path.is_dir():
        kind = recognise(look(path))
        if kind.key == "text":
            raise refuse(path, kind)
        raise _elsewhere(path, kind) or refuse(
            path, Kind("", "a file", f"add the directory that has {', '.join(FILES)}")
        )
    if not all((path / file).exists() for file in FILES):
        for file in sorted(each for each in path.iterdir() if each.is_file())[:_MOST_FILES]:
            if refusal := _elsewhere(file, recognise(look(file))):
                raise refusal
        missing = next(file for file in FILES if not (path / file).exists())
        raise Refusal(f"{shown} has no file {missing}; a Soprano checkpoint is {', '.join(FILES)}")
    for part in (path / file for file in FILES):
        kind = recognise(look(part))
        if kind.key not in ("", "text", "soprano"):
            raise refuse(part, kind)


def _elsewhere(file: Path, kind: Kind) -> Refusal | None:
    """A Refusal with what to do; None where the file may belong to a Soprano checkpoint."""
    if kind.key in ("", "text"):
        return None
    if kind.key in ("soprano", "part"):
        return refuse(file, Kind("", kind.what, f"add its directory: svctl voices add {typed(file.parent)}"))
    if kind.key in ("voice", "contentvec", "rmvpe"):
        return refuse(file, Kind("", kind.what, f"a converter: svctl converters add {typed(file)}"))
    return refuse(file, kind)
