"""All the lexicon files of one time, and what they have for a voice."""

from collections.abc import Sequence

from steadyvoice.workers.text.lexicon.index import Index
from steadyvoice.workers.text.lexicon.tables import Table


class Lexicon:
    """The tables of several files, which do not change."""

    def __init__(self, files: Sequence[Sequence[Table]] = ()) -> None:
        """files: in order of precedence."""
        self._files = files
        self._indexes: dict[tuple[str, str], Index] = {}

    def index(self, language: str, voice: str) -> Index:
        """The entries for a voice of this language: a file before the next one, and in it the voice's table before
        those of its region, its language and all languages.
        """
        key = language, voice
        if key not in self._indexes:
            tables = [
                table.entries
                for file in self._files
                for table in sorted(file, key=lambda table: table.precedence, reverse=True)
                if table.applies_to(language, voice)
            ]
            self._indexes[key] = Index(tables)
        return self._indexes[key]

    def followed_by(self, files: Sequence[Sequence[Table]]) -> "Lexicon":
        """A lexicon of these files, prepared for the voices that this one was used for."""
        new = Lexicon(files)
        for language, voice in self._indexes:
            new.index(language, voice)
        return new
