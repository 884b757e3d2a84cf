"""Texts as Chatterbox takes them, and their tokens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines import byte_pairs
from steadyvoice.workers.engines.chatterbox.t3 import START_TEXT, STOP_TEXT
from steadyvoice.workers.engines.chatterbox.variants import Variant

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Encode = Callable[[str], list[int]]

MAX_CHARS: Final = 400
"""Characters of one piece at most; a segment is longer only where much of it is numbers."""
_SIGNS = str.maketrans(
    {"…": ", ", ":": ",", "—": "-", "\N{EN DASH}": "-"}
    | dict.fromkeys("“”", '"')
    | dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "'")
)
_ENDS = (".", "!", "?", "-", ",")


def prepared(text: str, variant: Variant, *, more: bool) -> str:
    """The text with the punctuation of the training, as ``punc_norm`` of resemble-ai/chatterbox at 5de7a54.

    more: the sentence continues, so that a comma ends a text without a mark.
    """
    text = " ".join((text[:1].upper() + text[1:]).split())
    if variant.shape.is_guided:
        text = text.replace("...", ", ").replace(" - ", ", ").replace(";", ", ")
    text = text.translate(_SIGNS).replace(" ,", ",").rstrip(" ")
    return text if not text or text.endswith(_ENDS) else text + ("," if more else ".")


def pieces(text: str) -> Iterator[str]:
    """Parts of at most MAX_CHARS, cut after a clause or at a space where there is one."""
    text = text.strip()
    while len(text) > MAX_CHARS:
        room = text[:MAX_CHARS]
        cut = max((room.rfind(mark) + 1 for mark in (", ", ". ")), default=0) or room.rfind(" ") or MAX_CHARS
        cut = cut if cut > 0 else MAX_CHARS
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text


def encoder(path: Path, variant: Variant) -> Encode:
    """Tokens of a prepared text, by the tokenizer of the directory. BadModelFile."""
    if not variant.shape.is_guided:
        return byte_pairs.encoder(path, byte_pairs.GPT2, variant.shape.text_vocab)
    tokens = _tokenizer(path / "tokenizer.json", variant.shape.text_vocab)

    def encode(text: str) -> list[int]:
        return [START_TEXT, *tokens.encode(text.replace(" ", "[SPACE]")).ids, STOP_TEXT]

    return encode


def _tokenizer(file: Path, vocab: int) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokens = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain Exception
        raise BadModelFile(f"{file} cannot be read as a tokenizer: {' '.join(str(error).split())[:200]}") from error
    for name, token in {"[START]": START_TEXT, "[STOP]": STOP_TEXT}.items():
        if tokens.token_to_id(name) != token:
            raise BadModelFile(f"{file}: the token {name} is not number {token}")
    if tokens.get_vocab_size() > vocab:
        raise BadModelFile(f"{file} has {tokens.get_vocab_size()} tokens, the model knows {vocab}")
    return tokens
