"""Text in a language that a voice does not read: it is named and left out, not read with the rules of another."""

from steadyvoice.ipc import language_names
from steadyvoice.workers.text import detection, languages
from steadyvoice.workers.text.front_end import Spoken


def unread_language(text: str, voice: str, before: str, *, named: str = "") -> str:
    """The language of a segment if it is clearly another one than the voice's; "" if the voice reads the segment.

    voice: BCP 47. before: the result for the segment before, which a segment in doubt continues. named: BCP 47, of the
    segment as its document says, if no voice reads that language.
    """
    if named:
        return language_names.base(named) if any(map(str.isalnum, text)) else before
    own = language_names.base(voice)
    found = detection.detected(text, own, before) if own in languages.WITH_RULES else ""
    return "" if found == own or (found, own) == ("zh", "ja") else found  # Japanese may be all Chinese characters


def left_out(text: str, voice: str, unread: str) -> Spoken:
    """What the voice says in place of the segment: the language's name, which only English has.

    unread: BCP 47; empty: nothing is said.
    """
    is_named = unread and language_names.base(voice) == "en"
    name = language_names.name(unread)
    said = f"{name if name != unread else 'Foreign'} text." if is_named else ""
    return Spoken.of(text).replaced([(0, len(text), said)])
