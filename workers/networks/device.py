"""Device and number formats of torch models on this machine."""

import os

import torch

from steadyvoice.ipc.errors import DeviceUnavailable
from steadyvoice.workers.networks.matrix import Formats


def place(device: str) -> str:
    """auto, cpu or cuda:N, as a device of torch. DeviceUnavailable where this machine has no such GPU."""
    gpus = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if device == "auto":
        device = os.environ.get("STEADYVOICE_MODEL_DEVICE", device)  # the daemon's configuration
    if device == "auto":
        return gpus[0] if gpus else "cpu"
    if device not in ("cpu", *gpus):
        raise DeviceUnavailable(f"there is no device {device!r} here; say auto or one of {', '.join(('cpu', *gpus))}")
    return device


def formats(device: str, batch: int = 1) -> Formats:
    """Formats for a language model that computes ``batch`` rows in a step.

    On a GPU bfloat16 throughout. On a CPU a single row is limited by reading the weights, of which float16 has half as
    many bytes as float32; several rows share that reading, and bfloat16 has instructions for them. float16 represents
    published weights of bfloat16 exactly, and rounds those of float32 eight times less.
    """
    if device != "cpu":
        return Formats(torch.bfloat16, torch.bfloat16, torch.bfloat16)
    can = torch.cpu.get_capabilities()
    rows = torch.bfloat16 if can.get("avx512_bf16") or can.get("amx_bf16") else torch.float32
    row = torch.float16 if can.get("avx2") and can.get("f16c") else torch.float32
    return Formats(row if batch == 1 else rows, rows)
