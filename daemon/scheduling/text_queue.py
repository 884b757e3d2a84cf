"""An utterance's text on its way into the generator's ring."""

from collections.abc import Mapping

import msgspec

from steadyvoice.ipc import slot
from steadyvoice.ipc.utterance_spec import UtteranceLexicon, UtteranceSpec

_SLOT_BYTES = 4096


class TextQueue:
    """Slots for the text ring: BEGIN with the UtteranceSpec, LEXICON where there is one, TEXT in UTF-8, END.

    A character may span two slots.
    """

    def __init__(self, spec: UtteranceSpec, lexicon: Mapping[str, str]) -> None:
        self._lexicon = dict(lexicon)
        self._pieces: list[str] = []
        self.chars = 0
        """Length of the text so far."""
        self.closed = False
        """No more text will be added."""
        self.slots: list[tuple[int, bytes]]
        """Kind and payload."""
        self.sent: int
        """Number of these slots that are in the ring already."""
        self.waits = False
        """The ring had no room for the next one."""
        self.restart(spec)

    def add(self, text: str) -> None:
        self.chars += len(text)
        self._pieces.append(text)
        self._add_slots(text)

    def _add_slots(self, text: str) -> None:
        self._add_data(slot.TEXT, text.encode())

    def _add_data(self, kind: int, data: bytes) -> None:
        self.slots += [(kind, data[at : at + _SLOT_BYTES]) for at in range(0, len(data), _SLOT_BYTES)]

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.slots.append((slot.END, b""))

    def restart(self, spec: UtteranceSpec, at: int = 0, pronounced: list[tuple[int, int, str]] | None = None) -> None:
        """Send the text again from character ``at``. pronounced: of the segment there, as the generator reported it."""
        self.slots = [(slot.BEGIN, msgspec.msgpack.encode(spec))]
        self.sent = 0
        if self._lexicon or pronounced is not None:
            self._add_data(slot.LEXICON, msgspec.msgpack.encode(UtteranceLexicon(self._lexicon, pronounced)))
        self._add_slots(self.content[at:])
        if self.closed:
            self.slots.append((slot.END, b""))

    @property
    def content(self) -> str:
        """All the text so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def column(self, at: int) -> int:
        """Number of characters between the start of the line and character ``at``."""
        return at - self.content.rfind("\n", 0, at) - 1
