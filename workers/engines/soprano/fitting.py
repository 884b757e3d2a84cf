"""What fits this machine: where the models run, on how many threads, and in which number formats."""

import os
import time

import torch
from torch.nn.functional import linear

from steadyvoice.workers.engines.soprano.lm import EXACT, Formats

_GAIN = 1.25
"""A format must be faster than float32 by so much to be taken."""
_TRIALS = 7


def place(device: str) -> str:
    """auto, cpu or cuda:N, as a device of torch, whose threads are as many as the process may use processors.

    ValueError where that GPU is not there.
    """
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    gpus = torch.cuda.device_count()
    if device == "auto":
        return "cuda:0" if gpus else "cpu"
    kind = torch.device(device)
    if kind.type not in ("cpu", "cuda") or (kind.index or 0) >= (gpus if kind.type == "cuda" else 1):
        raise ValueError(f"there is no device {device!r} here; give auto, cpu or cuda:0 to cuda:{gpus - 1}")
    return device


def formats(device: str) -> Formats:
    """bfloat16 on a GPU. On a CPU what is fastest there, by trial.

    The published weights are bfloat16, so float16 keeps all of their digits and more of the activations'; bfloat16,
    in which upstream computes on a GPU, is for the prompt alone, where several rows share the reading of a weight.
    """
    if device != "cpu":
        return Formats(torch.bfloat16, torch.bfloat16)
    row = torch.float16 if _gain(torch.float16, 1) > _GAIN else EXACT.row
    rows = torch.bfloat16 if _gain(torch.bfloat16, 32) > _GAIN else EXACT.rows
    return Formats(row, rows)


@torch.inference_mode()
def _gain(kind: torch.dtype, rows: int) -> float:
    """How much faster than float32 a product of so many rows is, with weights too large for the caches."""
    times = []
    for each in (torch.float32, kind):
        weight, x = torch.ones(16, 2048, 512, dtype=each), torch.ones(rows, 512, dtype=each)
        trials = []
        for _ in range(_TRIALS):
            started = time.perf_counter()
            for part in weight:
                linear(x, part)
            trials.append(time.perf_counter() - started)
        times.append(min(trials))
    return times[0] / times[1]
