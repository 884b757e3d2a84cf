"""Number formats for this machine."""

import torch

from steadyvoice.workers.engines.soprano.lm import EXACT, Formats


def formats(device: str) -> Formats:
    """bfloat16 on a GPU, as upstream. On a CPU: formats that its instructions make faster than float32, if any.

    The published weights are bfloat16, so float16 represents them exactly. It speeds up single rows, which are limited
    by reading the weights, but not the prompt, because its rows share that reading.
    """
    if device != "cpu":
        return Formats(torch.bfloat16, torch.bfloat16)
    can = torch.cpu.get_capabilities()
    row = torch.float16 if can.get("avx2") and can.get("f16c") else EXACT.row
    rows = torch.bfloat16 if can.get("avx512_bf16") or can.get("amx_bf16") else EXACT.rows
    return Formats(row, rows)


def batch_from(device: str, formats: Formats) -> int:
    """Texts at the same time from which their tokens are computed together; 0: never. Measured: docs/models.md.

    On a CPU, float16 rows cost one by one, and rows of other formats share the reading of the weights, of which float32
    has twice as many bytes. On a GPU never: the step of one text is a captured graph there, and no GPU was available to
    compare it with a larger one.
    """
    if device != "cpu":
        return 0
    return 5 if formats == (torch.float16, torch.float32) else 3
