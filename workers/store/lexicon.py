"""Lists and changes the lexicon files of the user and of the machine."""

import contextlib
import fcntl
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from steadyvoice.ipc import paths
from steadyvoice.ipc.errors import describe, one_line
from steadyvoice.ipc.lexicon import fault, phonemes
from steadyvoice.workers.store.place import Misuse, Refusal
from steadyvoice.workers.text.lexicon import edit, file, formats
from steadyvoice.workers.text.lexicon.edit import Key
from steadyvoice.workers.text.lexicon.tables import BadLexicon, is_language

_MAX_IMPORT_BYTES: Final = 16 << 20
_NEW: Final = ".lexicon.toml.new"
"""An incomplete file, in the same folder."""


def add(word: str, pronunciation: str, language: str, voice: str, machine: bool) -> dict[str, str]:
    word, pronunciation = word.strip(), pronunciation.strip()
    if why := fault(word, pronunciation):
        raise Misuse(f"{one_line(word, 40)!r}: {why}")
    path, table = _file(machine), _table(language, voice)
    replaced = _change(path, machine, {Key(*table, word): pronunciation})
    what = "replaced" if replaced else "added"
    return {"word": word, "path": str(path), "what": what, "note": _note(pronunciation, language, voice)}


def remove(word: str, language: str, voice: str, machine: bool) -> dict[str, str]:
    path = _file(machine)
    _change(path, machine, {Key(*_table(language, voice), word.strip()): None})
    return {"word": word.strip(), "path": str(path), "what": "removed"}


def import_file(source: str, language: str, voice: str, machine: bool) -> dict[str, Any]:
    """Add the entries of a file in another format; they replace those of the same words."""
    path = _file(machine)
    try:
        data = paths.content(Path(source), _MAX_IMPORT_BYTES + 1)
        if data is None:
            raise Refusal(f"{source}: no such file")
        if len(data) > _MAX_IMPORT_BYTES:
            raise Refusal(f"{source}: larger than {_MAX_IMPORT_BYTES >> 20} MiB")
        found = formats.convert(data)
    except BadLexicon as error:
        raise Refusal(f"{source}: {error}") from error
    skipped = f"; {found.skipped} skipped, the first because: {found.reason}" if found.skipped else ""
    if not found.entries:
        raise Refusal(f"{source}: there is no entry in this file{skipped}")
    table = _table(language or ("" if voice else found.language), voice)
    replaced = _change(path, machine, {Key(*table, word): said for word, said in found.entries.items()})
    note = skipped.removeprefix("; ")
    return {"path": str(path), "entries": len(found.entries), "replaced": replaced, "skipped": found.skipped,
            "language": table[0], "note": note}  # fmt: skip


def entries() -> dict[str, Any]:
    """All entries, those of the user first."""
    return {
        "entries": [
            {"word": key.word, "pronunciation": said, "language": key.language, "voice": key.voice, "of": owner,
             "path": str(path)}
            for owner, path in paths.lexicons().items()
            for key, said in edit.entries(_text(path)).items()
        ]
    }  # fmt: skip


def check() -> dict[str, str]:
    """What the files have, and what is wrong with them, each in one line."""
    found, problems = [], []
    for path in paths.lexicons().values():
        try:
            if number := len(edit.entries(_text(path))):
                found.append(f"{path}: {number} {'entry' if number == 1 else 'entries'}")
        except Refusal as error:
            problems.append(describe(error))
    return {"what": "; ".join(found) or "no entries", "problem": "; ".join(problems)}


def _file(machine: bool) -> Path:
    try:
        return paths.lexicons()["machine"] if machine else paths.configuration().with_name(paths.LEXICON)
    except paths.NoHome as error:
        raise Refusal(f"{error}, or use --machine") from error


def _table(language: str, voice: str) -> tuple[str, str]:
    if language and voice:
        raise Misuse("an entry is for a language or for a voice; give --language or --voice")
    if language and not is_language(language):
        raise Misuse(f"{one_line(language, 40)!r} is no language, such as en or en-GB")
    if any(not character.isprintable() for character in voice) or len(voice) > 100:
        raise Misuse(f"{one_line(voice, 40)!r} cannot be the name of a voice")
    return language, voice


def _text(path: Path) -> str:
    try:
        text = file.text(path)
        edit.entries(text)
    except BadLexicon as error:
        raise Refusal(f"{path}: {error}") from error
    except OSError as error:
        raise Refusal(describe(error)) from error
    return text


def _change(path: Path, machine: bool, changes: Mapping[Key, str | None]) -> int:
    """Change the file, or create it. Returns how many of the entries it had before. Refusal."""
    _text(path)  # first, because it also returns where a network mount does not answer
    try:
        target = _target(path, machine)
        folder = _folder(target.parent, machine)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            new, replaced = _changed(path, changes)
            _replace(target, new, folder, machine)
        finally:
            os.close(folder)
    except OSError as error:
        raise Refusal(f"{path} cannot be changed: {error.strerror}; nothing has changed") from error
    return replaced


def _folder(folder: Path, machine: bool) -> int:
    """Open the folder; create it where it does not exist."""
    is_new = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if is_new and machine:
        os.fchmod(opened, 0o755)
    return opened


def _changed(path: Path, changes: Mapping[Key, str | None]) -> tuple[bytes, int]:
    """The new content of the file, and how many of the entries it has now. Refusal."""
    text = _text(path)
    before = edit.entries(text)
    names = {key.language.lower(): key.language for key in before}
    changes = {key._replace(language=names.get(key.language.lower(), key.language)): v for key, v in changes.items()}
    for key, said in changes.items():
        if said is None and key not in before:
            raise Refusal(_no_entry(path, key, before))
    try:
        new = edit.changed(text, changes).encode()
    except BadLexicon as error:
        raise Refusal(f"{path}: {error}; nothing has changed") from error
    if len(new) > file.MAX_BYTES:
        raise Refusal(f"{path} would be larger than {file.MAX_BYTES >> 20} MiB; nothing has changed")
    return new, sum(key in before for key in changes)


def _target(path: Path, machine: bool) -> Path:
    """The file itself. A link is followed where it and its file belong to this user, as in a folder of dotfiles."""
    try:
        link = os.lstat(path)
    except FileNotFoundError:
        return path
    if not stat.S_ISLNK(link.st_mode):
        return path
    target = Path(os.path.realpath(path))
    try:
        owners = {link.st_uid, os.lstat(target).st_uid}
    except FileNotFoundError:
        owners = set()
    if machine or owners != {os.geteuid()}:
        raise Refusal(f"{path} is a link, to {target}, and is not changed; replace it by a file")
    return target


def _replace(path: Path, data: bytes, folder: int, machine: bool) -> None:
    """Write atomically, never through a link. The mode is that of the old file; the machine's is readable for all."""
    mode, owner = 0o644, None
    with contextlib.suppress(FileNotFoundError):
        old = os.lstat(path)
        owner = old.st_uid, old.st_gid
        mode = mode if machine else stat.S_IMODE(old.st_mode)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_NEW, dir_fd=folder)  # of a process that was killed
    new = os.open(_NEW, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with open(new, "wb") as stream:
            stream.write(data)
            stream.flush()
            if owner is not None and os.geteuid() == 0:
                os.fchown(new, *owner)
            os.fchmod(new, mode)
            os.fsync(new)
        os.rename(_NEW, path.name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_NEW, dir_fd=folder)
        raise
    os.fsync(folder)


def _no_entry(path: Path, key: Key, known: Mapping[Key, str]) -> str:
    others = [each for each in known if each.word.lower() == key.word.lower()]
    what = f"{path} has no {one_line(key.word, 40)!r}"
    if not others:
        return f"{what}; svctl lexicon list shows what it has"
    hints = dict.fromkeys(
        f"{one_line(each.word, 40)!r}"
        + (f" --voice {each.voice}" if each.voice else f" --language {each.language}" if each.language else "")
        for each in others
    )
    return f"{what} there; it has {', '.join(hints)}"


def _note(pronunciation: str, language: str, voice: str) -> str:
    """What the embedded voices do not say of a pronunciation; "" for a language that they do not speak."""
    ipa = phonemes(pronunciation)
    if not ipa or (language and not language.lower().startswith("en")):
        return ""
    try:
        from hibari.voices import VOICES

        from steadyvoice.workers.engines.hibari.ipa import unknown
    except ImportError as error:
        print(f"the phonemes are not checked: {error}", file=sys.stderr)
        return ""
    if voice and voice not in VOICES:
        return f"the voice {voice!r} says the written word if its engine takes no phonemes (docs/lexicon.md)"
    missing = unknown(ipa)
    return f"the embedded voices have no sound for {' '.join(missing)} and leave it out" if missing else ""
