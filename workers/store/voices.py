"""Voices: Soprano's, for now."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from steadyvoice.workers.engines.soprano import FILES
from steadyvoice.workers.store.place import Misuse, Place, Refusal, bring
from steadyvoice.workers.store.pull import pull as fetch
from steadyvoice.workers.store.registry import Done, checked, directory, done, module, needs, own, register
from steadyvoice.workers.store.registry import remove as remove_any

PUBLISHED: Final = {"soprano": "ekwek/Soprano-1.1-80M", "soprano-1.0": "ekwek/Soprano-80M"}
"""Repositories on the Hugging Face hub, as https://github.com/ekwek1/soprano names them."""

_CHECKPOINT: Final = "engines.soprano.checkpoint"


def add(path: str, name: str | None, replace: bool) -> Done:
    """A directory with a checkpoint as it was published."""
    source = Path(path)
    name = own("voices", name or source.resolve().name, replace)
    what = checked(_CHECKPOINT, source)
    return register("voices", name, what, directory({file: source / file for file in FILES}), replace)


def random(model: str, name: str | None, replace: bool) -> Done:
    """A checkpoint of the published format and size whose weights mean nothing."""
    if model != "soprano":
        raise Misuse(f"there is no voice model {model!r} to make; there is soprano")
    name = own("voices", name or f"{model}-random", replace)
    return register(
        "voices", name, "Soprano with random weights", module("engines.soprano.random_checkpoint").make_random, replace
    )


def pull(what: str, name: str | None, replace: bool) -> Done:
    """What was published: a name of PUBLISHED, or another repository, OWNER/NAME, that has the same files."""
    repository = PUBLISHED.get(what, what)
    if "/" not in repository:
        raise Misuse(f"{what!r} is not known; there are {', '.join(PUBLISHED)}, and OWNER/NAME of any repository")
    name = own("voices", name or what.rpartition("/")[2], replace)
    needs("torch", "tokenizers", "safetensors")
    with Place("voices") as place, _came(place.folder, repository) as came:
        place.free(name, replace)
        new = place.new(name)
        new.mkdir()
        commit = None
        for file in FILES:
            whole, commit = fetch(repository, file, came, commit)
            bring(whole, new / file)
        try:
            found = checked(_CHECKPOINT, new)
        except Refusal as error:
            raise Refusal(f"{repository}: {str(error).replace(f'{new}/', '')}") from error
        finally:
            shutil.rmtree(came)
        return done("voices", name, found, place.put(name, replace)) | {"from": f"{repository}@{commit}"}


@contextlib.contextmanager
def _came(folder: Path, repository: str) -> Iterator[Path]:
    """Where what has come waits for the rest. It is left when there is something in it."""
    came = folder / ".came" / repository.replace("/", "--")
    came.mkdir(parents=True, exist_ok=True)
    try:
        yield came
    finally:
        for each in (came, came.parent):
            with contextlib.suppress(OSError):
                each.rmdir()


def remove(name: str) -> Done:
    return remove_any("voices", name)
