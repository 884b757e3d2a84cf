"""Texts as Chatterbox takes them, and their tokens."""

from pathlib import Path

from steadyvoice.workers.engines import text_tokens
from steadyvoice.workers.engines.chatterbox.t3 import START_TEXT, STOP_TEXT
from steadyvoice.workers.engines.chatterbox.variants import Variant

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


def encoder(path: Path, variant: Variant) -> text_tokens.Encode:
    """Tokens of a prepared text, by the tokenizer of the directory. BadModelFile."""
    vocab = variant.shape.text_vocab
    if not variant.shape.is_guided:
        return text_tokens.byte_pairs(path, text_tokens.GPT2, vocab)
    encode = text_tokens.spaced(path / "tokenizer.json", vocab, {"[START]": START_TEXT, "[STOP]": STOP_TEXT})
    return lambda text: [START_TEXT, *encode(text), STOP_TEXT]
