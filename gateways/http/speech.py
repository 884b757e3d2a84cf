"""How a text is spoken, in the words of any client."""

from dataclasses import dataclass

from steadyvoice.gateways.http.encoding.formats import Format


@dataclass(frozen=True)
class Speech:
    format: Format
    voice: str = ""
    """A name as the client gives it; empty: the default voice, or one that speaks ``language``."""
    language: str = ""
    rate: float = 1.0
    volume: float = 1.0
    ssml: bool = False
    """The text has SSML's tags; otherwise only if it begins with ``<speak``."""
