"""The words of one utterance that have a pronunciation in a lexicon."""

import msgspec

from steadyvoice.ipc.stage_protocol import UtteranceLexicon
from steadyvoice.workers.text.lexicon.index import Index, LexiconMatch, find_matches

_decode = msgspec.msgpack.Decoder(UtteranceLexicon).decode


class Pronouncing:
    """What the request and the files have for the words of an utterance. The request's entries precede the files'."""

    def __init__(self, files: Index) -> None:
        """files: for the utterance's voice, as the files were when the utterance began."""
        self._indexes = [files]
        self._received = b""
        self._replayed: list[LexiconMatch] | None = None

    def feed(self, data: bytes) -> None:
        """The next piece of an UtteranceLexicon. All pieces precede the text."""
        self._received += data

    def next_segment(self, text: str) -> list[LexiconMatch]:
        """The matches in the text of the next segment. In a segment that is computed again they are the earlier ones,
        whatever the files have now.
        """
        if self._received:
            sent = _decode(self._received)
            self._received = b""
            self._indexes.insert(0, Index([sent.entries]))
            if sent.replayed is not None:
                self._replayed = [LexiconMatch(*each) for each in sent.replayed]
        replayed, self._replayed = self._replayed, None
        return find_matches(text, self._indexes) if replayed is None else replayed
