"""Random weights of vocoders, read as published ones."""

from collections.abc import Callable

import pytest
import torch
from support.vocoders import TINY, TINY_HIFIGAN, rows
from torch import Tensor

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.networks.hifigan import Hifigan, HifiganShape
from steadyvoice.workers.networks.hift import Hift, HiftShape
from steadyvoice.workers.networks.random_vocoders import random_hifigan, random_hift
from steadyvoice.workers.networks.weight_norm import published

pytestmark = pytest.mark.usefixtures("one_processor")
PREFIX = "mel2wav."


def weights(change: Callable[[dict[str, Tensor]], object] = lambda _: None) -> dict[str, Tensor]:
    tensors = random_hift(PREFIX, shape=TINY)
    change(tensors)
    return published(tensors, PREFIX, TINY.tensors())


def test_the_published_names_have_weight_norms() -> None:
    """Those of upstream's state_dict, which the fixtures' weights were loaded into."""
    names = random_hift(PREFIX, shape=TINY)
    assert {f"{PREFIX}{name}" for name in (
        "conv_pre.parametrizations.weight.original0", "conv_pre.bias", "source_downs.0.weight",
        "f0_predictor.condnet.8.parametrizations.weight.original1", "f0_predictor.classifier.weight",
        "source_resblocks.2.activations1.0.alpha", "resblocks.8.convs2.2.parametrizations.weight.original1",
        "m_source.l_linear.weight",
    )} <= names.keys()  # fmt: skip
    names = random_hifigan("", shape=TINY_HIFIGAN)
    assert {
        "conv_pre.weight",
        "conv_post.weight",
        "conds.3.weight",
        "ups.3.parametrizations.weight.original0",
    } <= names.keys()
    assert "conv_post.bias" not in names


def test_the_older_notation_of_weight_norms() -> None:
    tensors = random_hift(PREFIX, shape=TINY)
    older = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): each
        for name, each in tensors.items()
    }
    assert older.keys() != tensors.keys()
    plain = published(older, PREFIX, TINY.tensors())
    for name, each in weights().items():
        assert torch.equal(each, plain[name])


@pytest.mark.parametrize(("name", "value", "message"), [
    ("conv_post.bias", None, 'no tensor "mel2wav.conv_post.bias"'),
    ("ups.1.parametrizations.weight.original0", None, 'no tensor "mel2wav.ups.1.parametrizations.weight.original0"'),
    ("ups.1.bias", torch.zeros(3), r'"mel2wav.ups.1.bias" is \[3\], \[4\] is expected'),
    ("conv_post.bias", torch.full((18,), torch.nan), "not finite"),
])  # fmt: skip
def test_a_damaged_checkpoint_is_refused(name: str, value: Tensor | None, message: str) -> None:
    def damage(tensors: dict[str, Tensor]) -> None:
        del tensors[f"{PREFIX}{name}"]
        if value is not None:
            tensors[f"{PREFIX}{name}"] = value

    with pytest.raises(BadModelFile, match=message):
        weights(damage)


def test_full_size_sound_is_neither_silent_nor_clipped() -> None:
    """20.8 M and 17.8 M parameters."""
    hift = Hift(published(random_hift(), PREFIX, HiftShape().tensors()), "cpu", by_frame=False)
    sound = hift(hift.state(), rows(8, 80), 8, begins=True, ends=True)
    shape, prefix = HifiganShape(), "hifigan_decoder.waveform_decoder."
    hifigan = Hifigan(published(random_hifigan(), prefix, shape.tensors()), "cpu", shape)
    other = hifigan(hifigan.state(rows(1, 512)[0]), rows(10, 1024), 10)
    for each in (sound, other):
        assert each.std() > 0.02
        assert abs(each).max() < 0.9
