"""Windows of fixed sizes as CUDA graphs, captured once. On a CPU: the network as it is."""

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import Tensor

from steadyvoice.workers.networks.streamed import State


class Network(Protocol):
    """A `Hift` or `Hifigan`."""

    device: torch.device

    def __call__(self, state: State, rows: Tensor, keep: int, *, begins: bool = False, ends: bool = False) -> Tensor:
        """Rows [n, width] to samples of the first ``keep``. Changes the tensors of the state in place."""
        ...


class Graphs:
    """A network that replays a graph for windows of the given sizes, neither a stream's first nor its last.

    All streams share the graphs: a stream's state is copied in and out, a few hundred kB on the device.
    """

    def __init__(self, network: Network, state: State, width: int, sizes: Iterable[int], lookahead: int) -> None:
        """state: any of the network. sizes: rows of a window that are kept."""
        self._network = network
        self._state = state
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}
        if network.device.type == "cuda":
            for keep in sizes:
                self._capture(keep, torch.zeros(keep + lookahead, width, device=network.device))

    def __call__(self, state: State, rows: Tensor, keep: int, *, begins: bool, ends: bool) -> Tensor:
        """As the network."""
        captured = None if begins or ends else self._graphs.get((len(rows), keep))
        if captured is None:
            return self._run(state, rows, keep, begins=begins, ends=ends)
        graph, given, made = captured
        _copy(state, self._state)
        given.copy_(rows)
        graph.replay()
        _copy(self._state, state)
        return made

    def _capture(self, keep: int, given: Tensor) -> None:
        torch.cuda.synchronize(given.device)
        side = torch.cuda.Stream(given.device)  # type: ignore[no-untyped-call]
        with torch.cuda.stream(side):
            for _ in range(3):  # libraries allocate and choose kernels in the first runs
                self._run(self._state, given, keep)
        side.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            made = self._run(self._state, given, keep)
        self._graphs[len(given), keep] = graph, given, made

    def _run(self, state: State, rows: Tensor, keep: int, *, begins: bool = False, ends: bool = False) -> Tensor:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return self._network(state, rows, keep, begins=begins, ends=ends)


@torch.inference_mode()
def _copy(from_: State, to: State) -> None:
    for one, other in zip(from_, to, strict=True):
        other.copy_(one)
