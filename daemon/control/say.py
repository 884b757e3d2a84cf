"""Limits of ``say`` in ``speak`` and ``read``."""

from typing import Final

from steadyvoice.ipc import messages as m
from steadyvoice.ipc.errors import RequestRefused

_MAX_CHARS: Final = {"character": 32, "key": 64}
"""Code points: a character may be an emoji of several people."""


def check_say(request: m.Speak | m.Read) -> None:
    """RequestRefused where the text is no single character or key."""
    most = _MAX_CHARS.get(request.say)
    if most is None:
        return
    if len(request.text) > most:
        raise RequestRefused(
            "text_too_long", f"the {request.say} has {len(request.text)} characters and may have {most}; use say text"
        )
    if isinstance(request, m.Speak) and request.open:
        raise RequestRefused("bad_message", "open is for say text; send a character or a key at once")
