"""Whether the fields of a request have values that can be had."""

from typing import Final

import msgspec

from steadyvoice.daemon.supervision.readings import MAX_CHARS, MAX_LEXICON_BYTES
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import RequestRefused, one_line
from steadyvoice.ipc.lexicon import MAX_SPOKEN_ENTRIES, fault
from steadyvoice.ipc.traces import is_traceparent

RANGES: Final = (
    ("rate", 0.5, 2.0),
    ("volume", 0.0, 2.0),
    ("pitch", -24.0, 24.0),
    ("formant", -12.0, 12.0),
)
SAMPLE_RATES: Final = (8_000, 192_000)
_MAX_BEGINNING: Final = (1 << 32) - 1
"""Samples of an utterance at most (shared_state.Progress)."""
_MAX_CHARS: Final = {"character": 32, "key": 64}
"""Code points: a character may be an emoji of several people."""


def check_speak(request: requests.Speak) -> None:
    """RequestRefused where a field alone, or with another one, has no meaning."""
    _check_ranges(request)
    _check_pcm(request)
    _check_beginning(request)
    _check_say(request)
    _check_lexicon(request)
    if request.traceparent and not is_traceparent(request.traceparent):
        given = one_line(request.traceparent, 60)
        raise RequestRefused("bad_message", f"traceparent {given!r} is not 00-TRACE-SPAN-FLAGS of W3C Trace Context")


def check_live(request: requests.Live) -> None:
    """RequestRefused where a field has no meaning with another one."""
    if request.sink == "device" and (request.inline or request.format != "f32"):
        raise RequestRefused("bad_message", "inline and format are for sink pcm; leave them out, or ask for pcm")
    if request.sink == "pcm" and request.detach:
        raise RequestRefused("bad_message", "pcm goes to this client and cannot be detached; leave one of the two out")
    if not request.source:
        raise RequestRefused("bad_message", "live sound needs a source: mic, tone, or a file")


def check_read(request: requests.Read) -> None:
    """RequestRefused where the generator cannot be asked at once."""
    _check_say(request)
    if len(request.text) > MAX_CHARS:
        raise RequestRefused(
            "text_too_long", f"the text has {len(request.text)} characters; read at most {MAX_CHARS} at a time"
        )
    _check_lexicon(request)
    if (size := len(msgspec.msgpack.encode(request.lexicon))) > MAX_LEXICON_BYTES:
        why = f"the lexicon has {size} bytes and may have {MAX_LEXICON_BYTES} in read; leave entries out"
        raise RequestRefused("out_of_range", why, field="lexicon")


def _check_say(request: requests.Speak | requests.Read) -> None:
    """RequestRefused where the text is no single character or key."""
    most = _MAX_CHARS.get(request.say)
    if most is None:
        return
    if len(request.text) > most:
        raise RequestRefused(
            "text_too_long", f"the {request.say} has {len(request.text)} characters and may have {most}; use say text"
        )
    if isinstance(request, requests.Speak) and request.open:
        raise RequestRefused("bad_message", "open is for say text; send a character or a key at once")
    if isinstance(request, requests.Speak) and request.ssml:
        raise RequestRefused("bad_message", "ssml is for say text; a character or a key is no document")


def _check_ranges(request: requests.Speak) -> None:
    for name, low, high in RANGES:
        if not low <= (value := getattr(request, name)) <= high:
            raise RequestRefused("out_of_range", f"{name} {value:g} is not between {low:g} and {high:g}", field=name)


def _check_pcm(request: requests.Speak) -> None:
    if request.sink == "device" and (request.inline or request.sample_rate or request.format != "f32"):
        raise RequestRefused(
            "bad_message", "inline, sample_rate and format are for sink pcm; leave them out, or ask for pcm"
        )
    low, high = SAMPLE_RATES
    if request.sample_rate and not low <= request.sample_rate <= high:
        raise RequestRefused(
            "out_of_range",
            f"sample_rate {request.sample_rate} is not from {low} to {high} hertz",
            field="sample_rate",
        )


def _check_beginning(request: requests.Speak) -> None:
    """RequestRefused where the utterance cannot begin at the sample or at the character that it asks for."""
    sample, char = request.from_sample, request.from_char
    for name, value in (("from_sample", sample), ("from_char", char)):
        if not 0 <= value <= _MAX_BEGINNING:
            raise RequestRefused("out_of_range", f"{name} {value} is not from 0 to {_MAX_BEGINNING}", field=name)
    if sample and request.sink == "device":
        raise RequestRefused("bad_message", "from_sample is for sink pcm; on the sound device use from_char")
    if sample and request.open:
        why = "from_sample needs the whole text: where open text is cut depends on when it comes; use from_char"
        raise RequestRefused("bad_message", why)
    if char and request.say != "text":
        raise RequestRefused("bad_message", "from_char is for say text; a character or a key is said as a whole")
    if char and not request.open and char >= len(request.text):
        raise RequestRefused(
            "out_of_range",
            f"from_char {char} is behind the end of the text, which has {len(request.text)} characters",
            field="from_char",
        )


def _check_lexicon(request: requests.Speak | requests.Read) -> None:
    if len(request.lexicon) > MAX_SPOKEN_ENTRIES:
        why = f"the lexicon has {len(request.lexicon)} entries and may have {MAX_SPOKEN_ENTRIES}; use a lexicon file"
        raise RequestRefused("out_of_range", why, field="lexicon")
    for word, pronunciation in request.lexicon.items():
        if why := fault(word, pronunciation):
            raise RequestRefused("out_of_range", f"{one_line(word, 40)!r} in the lexicon: {why}", field="lexicon")
