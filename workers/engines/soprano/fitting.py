"""When texts share the steps of the model on this machine."""

import torch

from steadyvoice.workers.networks.matrix import Formats


def batch_from(device: str, formats: Formats) -> int:
    """Texts at the same time from which their tokens are computed together; 0: never. Measured: docs/models.md.

    On a CPU, float16 rows cost one by one, and rows of other formats share the reading of the weights, of which float32
    has twice as many bytes. On a GPU never: the step of one text is a captured graph there, and no GPU was available to
    compare it with a larger one.
    """
    if device != "cpu":
        return 0
    return 5 if formats == (torch.float16, torch.float32, torch.float32) else 3
