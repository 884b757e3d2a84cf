"""Windows of a streaming network from and to numpy; on a GPU those of fixed sizes are CUDA graphs, captured once."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steadyvoice.workers.networks.streamed import State

Floats = NDArray[np.float32]


class Network(Protocol):
    """A `Hift` or `Hifigan`."""

    device: torch.device

    def __call__(self, state: State, rows: Tensor, keep: int, *, begins: bool = False, ends: bool = False) -> Tensor:
        """Rows [n, width] to samples of the first ``keep``. Changes the tensors of the state in place."""
        ...


class Windows:
    """A network and its graphs, which all streams share: their states are copied in and out, on the device."""

    def __init__(self, network: Network, state: State, width: int, sizes: Iterable[int], lookahead: int) -> None:
        """Run each size once, so that libraries have chosen its kernels. sizes: rows of a window that are kept.

        state: any of the network; it changes.
        """
        self._network, self._state = network, state
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}
        for keep in sizes:
            rows = torch.zeros(keep + lookahead, width, device=network.device)
            if network.device.type == "cuda":
                self._capture(keep, rows)
            else:
                network(state, rows, keep)

    def stream(self, state: State) -> "WindowStream":
        return WindowStream(self, state)

    @torch.inference_mode()
    def run(self, state: State, frames: Floats, keep: int, *, begins: bool, ends: bool) -> Floats:
        """As the network. A stream's first and last window are no graph."""
        device = self._network.device
        rows = torch.from_numpy(frames)
        if device.type == "cpu":
            return _floats(self._network(state, rows, keep, begins=begins, ends=ends))
        rows = rows.pin_memory().to(device, non_blocking=True)
        captured = None if begins or ends else self._graphs.get((len(rows), keep))
        if captured is None:
            made = self._exact(state, rows, keep, begins=begins, ends=ends)
        else:
            graph, given, made = captured
            _copy(state, self._state)
            given.copy_(rows)
            graph.replay()
            _copy(self._state, state)
        pinned = torch.empty(made.shape, pin_memory=True)
        pinned.copy_(made, non_blocking=True)
        done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # waiting must not keep the core busy
        done.record()
        done.synchronize()
        return _floats(pinned)

    @torch.inference_mode()
    def _capture(self, keep: int, given: Tensor) -> None:
        side = torch.cuda.Stream(given.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(given.device))
        with torch.cuda.stream(side):
            for _ in range(3):  # libraries allocate and choose kernels in the first runs
                self._exact(self._state, given, keep)
        side.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            made = self._exact(self._state, given, keep)
        self._graphs[len(given), keep] = graph, given, made

    def _exact(self, state: State, rows: Tensor, keep: int, *, begins: bool = False, ends: bool = False) -> Tensor:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return self._network(state, rows, keep, begins=begins, ends=ends)


class WindowStream:
    """The windows of one stream, in turn."""

    def __init__(self, windows: Windows, state: State) -> None:
        self._windows, self._state = windows, state
        self._begins = True

    def __call__(self, frames: Floats, keep: int, *, ends: bool) -> Floats:
        """The samples of the first ``keep`` frames of [n, width]; the others are given again. ends: none follow."""
        begins, self._begins = self._begins, False
        return self._windows.run(self._state, frames, keep, begins=begins, ends=ends)


def _floats(made: Tensor) -> Floats:
    floats: Floats = made.numpy()
    return floats


def _copy(given: State, to: State) -> None:
    for one, other in zip(given, to, strict=True):
        other.copy_(one)
