"""Windows of a flow as CUDA graphs: one launch where there are some thousand kernels of a few microseconds each."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from steadyvoice.workers.networks.conformer import AHEAD
from steadyvoice.workers.networks.flow_state import FlowState

Run = Callable[[Tensor, Tensor, FlowState], Tensor]
"""Tokens, place and state, which it settles, to mel."""


class CapturedWindow:
    """A window of one size, captured. Streams with states of the same shapes share it, one at a time."""

    @torch.inference_mode()
    def __init__(self, run: Run, count: int, state: FlowState) -> None:
        """run: for ``count`` tokens. state: any that ``replay`` may be given, padded; used up."""
        before = state.tensors()
        self._ids = torch.zeros(count + AHEAD, dtype=torch.int64, device=before[0].device)
        self._at = torch.zeros(1, dtype=torch.int64, device=before[0].device)
        self._before = before

        def work() -> list[Tensor]:
            state.replace(before)
            mel = run(self._ids, self._at, state)
            return [mel, *state.tensors()]

        (self._mel, *self._after), self._replay = capture(work)

    @torch.inference_mode()
    def replay(self, ids: Tensor, at: Tensor, state: FlowState) -> Tensor:
        """See `Run`; changes the tensors of ``state`` in place."""
        own = state.tensors()
        torch._foreach_copy_([self._ids, self._at, *self._before], [ids, at, *own])
        self._replay()
        torch._foreach_copy_(own, self._after)
        return self._mel.clone()


def capture(work: Callable[[], list[Tensor]]) -> tuple[list[Tensor], Callable[[], object]]:
    """What ``work`` returns, and a function that computes it again into the same memory. Three runs come first, in
    which CUDA selects and loads kernels."""
    aside: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        made = work()
    return made, graph.replay
