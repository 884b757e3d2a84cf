"""Chatterbox, CosyVoice2 and XTTS-v2 in a tiny size: engines for the daemon, and voices of random weights for them.

Chunks have one size, so that the same text has the same samples however busy the machine is.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from steadyvoice.workers.engines import chatterbox, cosyvoice, windowed, xtts
from steadyvoice.workers.engines.engine import FrameSpec
from support.tiny_flow import tiny_shape
from support.vocoders import TINY, TINY_HIFIGAN

ENGINES = ("chatterbox", "cosyvoice", "xtts")
_WIDTH = 16
_HIFT = replace(TINY, mels=80)
_HIFIGAN = replace(TINY_HIFIGAN, latents=_WIDTH, speaker=512)
_MEANFLOW, _COSINE = (replace(tiny_shape(meanflow=fast), tokens=6561, speaker=192) for fast in (True, False))


def shrink(patch: pytest.MonkeyPatch) -> None:
    """Make the engines of this process tiny."""
    from steadyvoice.workers.engines.chatterbox import flow as mel
    from steadyvoice.workers.engines.chatterbox import sound as hift
    from steadyvoice.workers.engines.chatterbox.variants import NANO, VARIANTS
    from steadyvoice.workers.engines.cosyvoice import flow as cosy_mel
    from steadyvoice.workers.engines.cosyvoice import lm
    from steadyvoice.workers.engines.cosyvoice import sound as cosy_hift
    from steadyvoice.workers.engines.xtts import gpt
    from steadyvoice.workers.engines.xtts import sound as hifigan
    from steadyvoice.workers.networks.decoder_lm import DecoderShape
    from steadyvoice.workers.networks.gpt2_lm import Gpt2Shape

    nano = replace(NANO.shape, layers=Gpt2Shape(2, _WIDTH, 2, 2000), text_vocab=500)
    patch.setitem(VARIANTS, "nano", replace(NANO, shape=nano, prompt=9))
    layers = DecoderShape(2, _WIDTH, 4, 2, 4, 24, 1e6, 1e-6, has_qkv_bias=True)
    patch.setattr(lm, "SHAPE", replace(lm.SHAPE, layers=layers, text_vocab=500, speech=300))
    patch.setattr(gpt, "SHAPE", replace(gpt.SHAPE, layers=Gpt2Shape(2, _WIDTH, 2), text_vocab=300, codes=200))
    patch.setattr(mel, "FlowShape", lambda estimator: _MEANFLOW)
    patch.setattr(mel, "HOPS", (12,))
    patch.setattr(cosy_mel, "FlowShape", lambda: _COSINE)
    for module in (hift, cosy_hift):
        patch.setattr(module, "HiftShape", lambda: _HIFT)
    patch.setattr(hifigan, "HifiganShape", lambda: _HIFIGAN)
    patch.setattr(windowed, "_SIZES_S", (0.24,))


def make_voices(folder: Path) -> None:
    """One of each engine, named like it. The process must be shrunk."""
    from steadyvoice.workers.engines.chatterbox import random_checkpoint as nano
    from steadyvoice.workers.engines.chatterbox.variants import NANO
    from steadyvoice.workers.engines.cosyvoice import lm
    from steadyvoice.workers.engines.cosyvoice import random_checkpoint as cosy
    from steadyvoice.workers.engines.xtts import gpt
    from steadyvoice.workers.engines.xtts import random_checkpoint as latents
    from steadyvoice.workers.networks.random_flow import random_flow
    from steadyvoice.workers.networks.random_vocoders import random_hifigan, random_hift

    nano.make_random(folder / "chatterbox", "nano")
    flow = random_flow("flow.", _MEANFLOW) | random_hift("mel2wav.", shape=_HIFT)
    save_file(flow, folder / "chatterbox" / NANO.flow)
    cosy.make_random(folder / "cosyvoice", lm.SHAPE)
    torch.save(random_flow("", _COSINE), folder / "cosyvoice" / "flow.pt")
    torch.save(random_hift("", shape=_HIFT), folder / "cosyvoice" / "hift.pt")
    latents.make_random(folder / "xtts", random_hifigan(shape=_HIFIGAN), gpt.SHAPE)


class Chatterbox(chatterbox.Chatterbox):
    def __init__(self) -> None:
        super().__init__("cpu")
        shrink(pytest.MonkeyPatch())


class CosyVoice2(cosyvoice.CosyVoice2):
    def __init__(self) -> None:
        super().__init__("cpu")
        shrink(pytest.MonkeyPatch())


class Xtts(xtts.Xtts):
    spec = FrameSpec("latent", _WIDTH, 1115, buffered=True)

    def __init__(self) -> None:
        super().__init__("cpu")
        shrink(pytest.MonkeyPatch())


def install(place: Path) -> dict[str, str]:
    """Put them where the daemon's stages find them; return the environment that makes them look there."""
    info = place / "tiny_lines-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny_lines\nVersion: 1\n")
    points = ("chatterbox:Chatterbox", "cosyvoice:CosyVoice2", "xtts:Xtts")
    lines = [f"tiny_{name} = support.tiny_lines:{kind}\n" for name, kind in (each.split(":") for each in points)]
    (info / "entry_points.txt").write_text("[steadyvoice.engines]\n" + "".join(lines))
    return {"PYTHONPATH": os.pathsep.join([str(place), str(Path(__file__).parents[1])])}
