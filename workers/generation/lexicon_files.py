"""The lexicon files of the user and of the machine, read again when they change."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from steadyvoice.ipc import mounts
from steadyvoice.workers import optional
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.text.lexicon import file
from steadyvoice.workers.text.lexicon.lexicon import Lexicon
from steadyvoice.workers.text.lexicon.tables import Table

_MOST_UTTERANCES: Final = 256
"""More than there are at a time."""


class LexiconFiles:
    """The current content of the files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """paths: in order of precedence."""
        self._files = [_File(path) for path in paths]
        self._lexicon = Lexicon()
        self._of_utterances: dict[int, Lexicon] = {}

    def of(self, utterance: int) -> Lexicon:
        """The content when the utterance of this number began, also where it is sent again."""
        if utterance not in self._of_utterances:
            self._of_utterances[utterance] = self.current()
            if len(self._of_utterances) > _MOST_UTTERANCES:
                del self._of_utterances[next(iter(self._of_utterances))]
        return self._of_utterances[utterance]

    def current(self) -> Lexicon:
        """Costs a call of stat(2) for each file where nothing has changed."""
        if any([each.refresh() for each in self._files]):  # noqa: C419 - all of them
            self._lexicon = self._lexicon.followed_by([each.tables for each in self._files])
        return self._lexicon


class _File:
    """One file. Where it cannot be used, that is reported (`optional`), and its last content stays in use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.tables: list[Table] = []
        self._version: tuple[int, ...] | None = None
        """Identifies the content that was read last; None: nothing was read yet."""
        self._is_local = True

    def refresh(self) -> bool:
        """Read the file if it is another one than at the last call. Returns whether it was read.

        A file on a network mount is read once, because a look at it could take any time.
        """
        is_first = self._version is None
        if is_first:
            self._is_local = mounts.is_local(os.path.abspath(self._path))
        version = self._look() if self._is_local else ()
        if version == self._version:
            return False
        self._version = version
        with realtime.relaxed():
            self._read(is_first)
        return True

    def _look(self) -> tuple[int, ...]:
        """What differs between two versions of the file."""
        try:
            found = os.stat(self._path)
        except OSError as error:
            return (error.errno or 0,)
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _read(self, is_first: bool) -> None:
        what = os.fspath(self._path)
        if not is_first:
            optional.try_again(what)
        tables = optional.attempt(what, lambda: file.read(self._path))
        if tables is None:
            return
        self.tables = tables
        if is_first:
            optional.try_again(what)  # an earlier process may have failed
