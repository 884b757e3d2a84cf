"""A flow of the published architecture in a tiny size, with weights that upstream's code can be given too."""

import numpy as np
import torch

from steadyvoice.workers.networks.conformer import ConformerShape
from steadyvoice.workers.networks.estimator import EstimatorShape
from steadyvoice.workers.networks.flow import Flow, FlowShape, Reference

PROMPT, TOKENS, VOCABULARY, SPEAKER = 11, 33, 40, 12


def tiny_shape(*, meanflow: bool = False) -> FlowShape:
    encoder = ConformerShape(size=24, heads=2, ffn=40, layers=2, up_layers=1)
    estimator = EstimatorShape(channels=16, heads=2, head_dim=8, blocks=2, mid=1, meanflow=meanflow)
    return FlowShape(VOCABULARY, SPEAKER, encoder, estimator)


def tiny_flow(*, meanflow: bool = False) -> Flow:
    """Weights drawn in the order of their names: normal, and of a size that keeps what they make near 1."""
    flow, dice = Flow(tiny_shape(meanflow=meanflow)), np.random.RandomState(0)
    weights = {}
    for name, old in sorted(flow.state_dict().items()):
        drawn = dice.standard_normal(old.shape).astype(np.float32)
        if old.dim() == 1:
            drawn = 1 + 0.2 * drawn if name.endswith("weight") else 0.1 * drawn
        elif "embedding" not in name and "pos_bias" not in name:
            drawn /= np.sqrt(np.prod(old.shape[1:])).astype(np.float32)
        weights[name] = torch.from_numpy(drawn)
    flow.load_state_dict(weights)
    return flow


def tiny_reference(prompt: int = PROMPT, tokens: int = TOKENS) -> tuple[Reference, list[int]]:
    """A voice, and the tokens of a text."""
    ids = np.random.RandomState(5).randint(0, VOCABULARY, prompt + tokens).tolist()
    dice = np.random.RandomState(6)
    mel = torch.from_numpy(dice.standard_normal((2 * prompt, 80)).astype(np.float32))
    speaker = torch.from_numpy(dice.standard_normal(SPEAKER).astype(np.float32))
    return Reference(ids[:prompt], mel, speaker), ids[prompt:]
