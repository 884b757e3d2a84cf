"""The way from noise to a mel spectrogram: Euler's method with fixed steps."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from steadyvoice.workers.networks.estimator import FlowEstimator
from steadyvoice.workers.networks.past import Past


@dataclass(frozen=True)
class Schedule:
    """Moments from 0 to 1, and the weight of classifier-free guidance (Ho and Salimans 2022; 0: one row, without)."""

    times: tuple[float, ...]
    guidance: float = 0.0

    @property
    def steps(self) -> int:
        return len(self.times) - 1


def _even(steps: int) -> list[float]:
    return [step / steps for step in range(steps + 1)]


COSINE = Schedule(tuple(1 - math.cos(time * math.pi / 2) for time in _even(10)), 0.7)
"""Of Chatterbox and CosyVoice2."""
MEANFLOW = Schedule(tuple(_even(2)))
"""Of Chatterbox Turbo and Nano, which were distilled with guidance."""


class CfmSolver:
    """The solver (chatterbox 5de7a54 ``CausalConditionalCFM``: ``solve_euler`` and ``basic_euler``)."""

    def __init__(self, estimator: FlowEstimator, schedule: Schedule) -> None:
        """estimator: with its final weights and number format, because what depends on time only is computed here."""
        self._estimator, self._schedule = estimator, schedule
        self._dtype = estimator.final_proj.weight.dtype
        with torch.inference_mode():
            pairs = zip(schedule.times, schedule.times[1:], strict=False)
            self._steps = [(end - begin, estimator.shifts(begin, end)) for begin, end in pairs]

    def solve(
        self,
        noise: Tensor,
        mu: Tensor,
        speaker: Tensor,
        condition: Tensor,
        pasts: Sequence[Past],
        check: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Frames [1, n, mel] of noise, encoder's output and known mel, and the speaker [mel], to mel [1, n, mel].

        pasts: one for each step; the caller settles them. check: called before each step; what it raises ends the work.
        """
        known = torch.cat((mu, speaker.expand_as(mu), condition), -1)
        if guidance := self._schedule.guidance:
            known = torch.cat((known, torch.zeros_like(known)))
        known = known.to(self._dtype)
        x = noise
        for (length, shifts), past in zip(self._steps, pasts, strict=True):
            check()
            rows = x.to(self._dtype).expand(len(known), -1, -1)
            velocity = self._estimator(torch.cat((rows, known), -1), shifts, past).float()
            if guidance:
                velocity = (1 + guidance) * velocity[:1] - guidance * velocity[1:]
            x = x + length * velocity
        return x
