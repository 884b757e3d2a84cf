"""The words of one utterance that have a pronunciation in a lexicon."""

from collections.abc import Mapping

import msgspec

from steadyvoice.ipc.utterance_spec import UtteranceLexicon
from steadyvoice.workers.text.lexicon.index import Index, LexiconMatch, find_matches
from steadyvoice.workers.text.lexicon.lexicon import Lexicon

_decode = msgspec.msgpack.Decoder(UtteranceLexicon).decode


class Pronouncing:
    """What the request and the files have for the words of an utterance. The request's entries precede the files'."""

    def __init__(self, files: Lexicon | None = None, request: Mapping[str, str] | None = None) -> None:
        """files: as they were when the utterance began. request: entries of the request that are known already."""
        self._files = files or Lexicon()
        self._request = Index([request or {}])
        self._received = b""
        self._replayed: list[LexiconMatch] | None = None

    def feed(self, data: bytes) -> None:
        """The next piece of an UtteranceLexicon. All pieces precede the text."""
        self._received += data

    def next_segment(self, text: str, language: str, voice: str) -> list[LexiconMatch]:
        """The matches in the text of the next segment. In a segment that is computed again they are the earlier ones,
        whatever the files have now. language: BCP 47, of the segment's voice.
        """
        if self._received:
            sent = _decode(self._received)
            self._received = b""
            self._request = Index([sent.entries])
            if sent.replayed is not None:
                self._replayed = [LexiconMatch(*each) for each in sent.replayed]
        replayed, self._replayed = self._replayed, None
        if replayed is not None:
            return replayed
        return find_matches(text, [self._request, self._files.index(language, voice)])
