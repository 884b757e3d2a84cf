"""What all layers of a flow keep of a sequence."""

from collections.abc import Sequence

from torch import Tensor

from steadyvoice.workers.networks.conformer import UP
from steadyvoice.workers.networks.past import Past


class FlowState:
    """What the encoder keeps of tokens and of frames, and the estimator in each step."""

    def __init__(self, steps: int) -> None:
        self.at = 0
        """Tokens before the next window."""
        self.tokens, self.frames, self.steps = Past(), Past(), [Past() for _ in range(steps)]

    def settle(self, tokens: int) -> None:
        """The next window begins ``tokens`` after the beginning of this one."""
        self.at += tokens
        self.tokens.settle(tokens)
        for past in (self.frames, *self.steps):
            past.settle(UP * tokens)

    def fork(self, tokens: int | None, *, padded: bool = False) -> "FlowState":
        """A sequence that continues this one; of what follows it keeps ``tokens``, None: all. padded: `Past.fork`."""
        other, frames = FlowState(0), None if tokens is None else UP * tokens
        other.at, other.tokens = self.at, self.tokens.fork(tokens, padded=padded)
        other.frames = self.frames.fork(frames, padded=padded)
        other.steps = [past.fork(frames, padded=padded) for past in self.steps]
        return other

    def tensors(self) -> list[Tensor]:
        """What ``settle`` changes, besides ``at``."""
        return [tensor for past in (self.tokens, self.frames, *self.steps) for tensor in past.tensors()]

    def replace(self, tensors: Sequence[Tensor]) -> None:
        """Replace what ``tensors`` returns."""
        left = list(tensors)
        for past in (self.tokens, self.frames, *self.steps):
            past.replace(left)
