"""Chatterbox's generator: published directories, texts, and tokens of a text."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines.chatterbox import Chatterbox, checkpoint
from steadyvoice.workers.engines.chatterbox.random_checkpoint import make_random
from steadyvoice.workers.engines.chatterbox.speaking import Speaker
from steadyvoice.workers.engines.chatterbox.t3 import BOS
from steadyvoice.workers.engines.chatterbox.text import encoder, prepared
from steadyvoice.workers.engines.chatterbox.variants import FULL, NANO, SILENCE, VARIANTS
from steadyvoice.workers.engines.long_texts import longest, pieces
from steadyvoice.workers.networks.decoder_lm import DecoderShape
from steadyvoice.workers.networks.gpt2_lm import Gpt2Shape

pytestmark = pytest.mark.usefixtures("one_processor")

SMALL_NANO = replace(NANO, shape=replace(NANO.shape, layers=Gpt2Shape(2, 16, 2, 2000), text_vocab=500), prompt=9)
SMALL_LLAMA = DecoderShape(2, 16, 2, 2, 8, 24, 5e5, 1e-5)
SMALL_FULL = replace(FULL, shape=replace(FULL.shape, layers=SMALL_LLAMA, text_positions=402), prompt=9)
TEXT = "Hello there."


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VARIANTS, "nano", SMALL_NANO)
        patch.setitem(VARIANTS, "full", SMALL_FULL)
        yield


@pytest.fixture(scope="module")
def made(small: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    for name in ("nano", "full"):
        make_random(data / "voices" / name, name)
        (data / "voices" / name / VARIANTS[name].flow).touch()
    return data


@pytest.fixture
def chatterbox(made: Path, monkeypatch: pytest.MonkeyPatch) -> Chatterbox:
    monkeypatch.setenv("STEADYVOICE_DATA", str(made))
    return Chatterbox("cpu")


@pytest.fixture
def nano(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "voices" / "nano", tmp_path / "nano"))


def said(engine: Chatterbox, voice: str, text: str = TEXT, *, more: bool = False) -> list[int]:
    frames = list(engine.generator().generate(text, voice, 1.0, more=more))
    assert all(frame.shape == (1, 1) and frame.dtype == np.float32 for frame in frames)
    return [int(frame[0, 0]) for frame in frames]


@pytest.mark.parametrize("voice", ["nano", "full"])
def test_equal_texts_have_equal_tokens(chatterbox: Chatterbox, voice: str) -> None:
    generator = chatterbox.generator()
    first, other = (generator.generate(text, voice, 1.0, more=True) for text in (TEXT, "Another."))
    turns = [int(frame[0, 0]) for _, frame in zip(other, first, strict=False)]
    turns += [int(frame[0, 0]) for frame in first]
    assert turns == said(chatterbox, voice, more=True)
    assert all(0 <= token < BOS for token in turns)
    assert len(set(turns)) > len(turns) // 2
    assert turns[:40] != said(chatterbox, voice, "Another.", more=True)[:40]


def test_a_closed_iterator_leaves_its_session(chatterbox: Chatterbox) -> None:
    generator = chatterbox.generator()
    expected = said(chatterbox, "nano")
    broken = generator.generate("Something else.", "nano", 1.0, more=False)
    assert len(list(islice(broken, 5))) == 5
    broken.close()  # type: ignore[attr-defined]
    assert [int(frame[0, 0]) for frame in generator.generate(TEXT, "nano", 1.0, more=False)] == expected
    speaker = generator.speakers["nano"]
    assert isinstance(speaker, Speaker)
    assert len(speaker.sessions.idle) == 1


def test_silence_follows_the_last_segment_only(chatterbox: Chatterbox, capfd: pytest.CaptureFixture[str]) -> None:
    whole = said(chatterbox, "nano")
    assert whole[-3:] == [SILENCE] * 3
    assert whole[:-3] == said(chatterbox, "nano", more=True)
    assert len(whole) <= 3 + longest(TEXT, 1000) == 89
    assert "chatterbox: no end after 86 tokens (12 characters)" in capfd.readouterr().err


def test_its_voices(chatterbox: Chatterbox) -> None:
    assert {(voice.name, voice.sample_rate, voice.installed) for voice in chatterbox.voices()} == {
        ("nano", 24000, True),
        ("full", 24000, True),
    }
    with pytest.raises(NotInstalled, match="'other' of chatterbox is not installed"):
        next(chatterbox.generator().generate("Hi.", "other", 1.0, more=False))


def test_a_voice_that_cannot_be_loaded_is_left_out(
    nano: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(nano.parent))
    monkeypatch.setattr(optional, "left_out", {})
    (nano.parent / "voices").mkdir()
    nano.rename(nano.parent / "voices" / "nano")
    (nano.parent / "voices" / "nano" / "merges.txt").unlink()
    engine = Chatterbox("cpu")
    engine.generator().warmup()
    assert [voice.installed for voice in engine.voices()] == [False]
    assert "has no file merges.txt; Chatterbox nano is t3_nano_v1.safetensors" in capfd.readouterr().err


def test_a_random_checkpoint_has_the_published_tensors(made: Path) -> None:
    for name in ("nano", "full"):
        tensors = load_file(made / "voices" / name / VARIANTS[name].weights)
        shape = VARIANTS[name].shape
        assert {key: tuple(tensor.shape) for key, tensor in tensors.items()} == shape.tensors | shape.unused


def test_a_checked_directory_is_described(nano: Path) -> None:
    assert checkpoint.check(nano) == "Chatterbox nano, 0 M"
    (nano / "vocab.json").write_text("{}")
    with pytest.raises(BadModelFile, match=r"no readable vocab\.json"):
        checkpoint.check(nano)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda tensors: tensors.pop("speech_head.bias"), 'has no tensor "speech_head.bias"'),
        (lambda tensors: tensors.update({"tfmr.ln_f.bias": torch.zeros(3)}), '"tfmr.ln_f.bias" is 3, 16 is expected'),
        (lambda tensors: tensors.update({"tfmr.ln_f.bias": torch.zeros(16).long()}), "not of floating-point numbers"),
    ],
)
def test_damaged_weights_are_refused(nano: Path, damage: object, said: str) -> None:
    tensors = load_file(nano / NANO.weights)
    damage(tensors)  # type: ignore[operator]
    save_file(tensors, nano / NANO.weights)
    with pytest.raises(BadModelFile, match=said):
        checkpoint.language_model(nano, SMALL_NANO)


def test_a_truncated_file_is_refused(nano: Path) -> None:
    whole = (nano / NANO.weights).read_bytes()
    (nano / NANO.weights).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadModelFile, match="may be truncated"):
        checkpoint.language_model(nano, SMALL_NANO)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"speaker_emb": torch.zeros(1, 3)}, '"speaker_emb" is not a tensor of 256 numbers'),
        ({"cond_prompt_speech_tokens": torch.zeros(1, 10).long()}, "is not a tensor of 1 to 9 tokens"),
        ({"cond_prompt_speech_tokens": torch.full((1, 5), 6563)}, "tokens that the model does not know"),
        (None, 'no mappings "t3" and "gen"'),
    ],
)
def test_damaged_voices_are_refused(nano: Path, part: dict[str, torch.Tensor] | None, said: str) -> None:
    whole = torch.load(nano / "conds.pt", weights_only=True)
    torch.save({"t3": whole["t3"] | part, "gen": whole["gen"]} if part else {"t3": 1}, nano / "conds.pt")
    with pytest.raises(BadModelFile, match=said):
        checkpoint.conditions(nano, SMALL_NANO)


def test_code_in_a_voice_is_not_run(nano: Path) -> None:
    torch.save({"t3": Path("x"), "gen": {}}, nano / "conds.pt")
    with pytest.raises(BadModelFile, match="something else than plain tensors"):
        checkpoint.conditions(nano, SMALL_NANO)


@pytest.mark.parametrize(
    ("text", "full", "fast"),
    [
        ("hello  there", "Hello there.", "Hello there."),
        (
            "well ... yes: no; maybe — so \N{EN DASH} and - “quoted” \N{LEFT SINGLE QUOTATION MARK}it's , done",
            "Well,  yes, no,  maybe - so - and, \"quoted\" 'it's, done.",
            "Well ... yes, no; maybe - so - and - \"quoted\" 'it's, done.",
        ),
        ("Is it?", "Is it?", "Is it?"),
        ("wait…", "Wait,", "Wait,"),
        ("a -", "A -", "A -"),
        ("", "", ""),
    ],
)
def test_punctuation_is_that_of_the_training(text: str, full: str, fast: str) -> None:
    """Computed with ``punc_norm`` of tts.py and tts_turbo.py, which say a sentence of their own for an empty text."""
    assert [prepared(text, variant, more=False) for variant in (FULL, NANO)] == [full, fast]


def test_a_sentence_that_continues_ends_with_a_comma() -> None:
    assert prepared("so it was", NANO, more=True) == "So it was,"


def test_long_texts_are_cut_at_clauses() -> None:
    clause = "a clause of some words, "
    assert [len(piece) for piece in pieces(clause * 20, 400)] == [383, 95]
    assert [len(piece) for piece in pieces("x" * 900, 400)] == [400, 400, 100]
    assert list(pieces(" ", 400)) == []


def test_tokens_of_a_text(made: Path) -> None:
    """Chatterbox: a mark for spaces, and marks around a text. Nano: bytes, where a space belongs to the next word."""
    full = encoder(made / "voices" / "full", SMALL_FULL)("to be")
    assert (full[0], full[2], full[-1], len(full)) == (255, 2, 0, 5)
    fast = encoder(made / "voices" / "nano", SMALL_NANO)
    assert len(fast("to be")) == 3
    assert fast("to be")[0] == fast("to")[0]
    assert len(fast("é")) == 2


def test_added_tokens_keep_their_numbers(nano: Path) -> None:
    (nano / "added_tokens.json").write_text('{"[laugh]": 387}')
    assert encoder(nano, SMALL_NANO)("a[laugh]b")[1:2] == [387]
    (nano / "added_tokens.json").write_text('{"[laugh]": 400}')
    with pytest.raises(BadModelFile, match=r'"\[laugh\]" is not number 400'):
        encoder(nano, SMALL_NANO)
