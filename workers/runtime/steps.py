"""The steps of a stage as its loop calls them: plain, as NVTX ranges, or recorded by torch.profiler."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from steadyvoice.ipc.errors import describe
from steadyvoice.ipc.profile_protocol import BlocksProfiled, ProfileBlocks
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.context import MAX_REASON_CHARS, Context
from steadyvoice.workers.runtime.torch_record import TorchRecord

Step = Callable[[], float]
"""See ``Stage.step``."""
NVTX = "STEADYVOICE_NVTX"
"""Environment variable; not empty: each step is an NVTX range, which Nsight Systems shows."""


class Steps:
    """``step`` is the stage's own function while nothing is recorded: the call costs 13 ns more than a method's."""

    def __init__(self, context: Context, step: Step, label: str) -> None:
        """label: of the stage, for people."""
        self._context = context
        self._plain = ranged(step, label)
        self.step = self._plain
        self._until = 0.0

    def profile(self) -> None:
        """Begin the record that ``context.profile`` asks for. To be called between two blocks."""
        assert self._context.profile is not None
        (wanted, file), self._context.profile = self._context.profile, None
        torch = sys.modules.get("torch")
        if torch is None or self.step is not self._plain:
            os.close(file)
            problem = "this stage has not loaded torch" if torch is None else "it is being profiled already"
            self._report(BlocksProfiled(wanted.number, problem=problem))
            return
        try:
            with self._long_work():
                record = TorchRecord(torch, file)
        except Exception as error:  # of a library that may lack its tracer
            os.close(file)
            self._report(BlocksProfiled(wanted.number, problem=describe(error, MAX_REASON_CHARS)))
            return
        self._until = time.monotonic() + wanted.seconds
        first = self._context.stage_state.blocks
        self.step = lambda: self._recorded(record, wanted, first)

    def _recorded(self, record: TorchRecord, wanted: ProfileBlocks, first: int) -> float:
        with record.step():
            sleep_s = self._plain()
        blocks, left_s = self._context.stage_state.blocks - first, self._until - time.monotonic()
        if blocks < wanted.blocks and left_s > 0:
            return min(sleep_s, left_s)
        self.step = self._plain
        try:
            with self._long_work():
                written = record.end()
            problem = "" if blocks else f"it had no block in {wanted.seconds:g} s; let it speak meanwhile"
            if not problem and not record.has_torch:
                problem = f"torch computed nothing in its {blocks} blocks; record more, unless it has no model of torch"
            self._report(BlocksProfiled(wanted.number, blocks, written, problem))
        except Exception as error:
            self._report(BlocksProfiled(wanted.number, problem=describe(error, MAX_REASON_CHARS)))
        return sleep_s

    def _report(self, reply: BlocksProfiled) -> None:
        self._context.channel.send(reply)

    def _long_work(self) -> AbstractContextManager[None]:
        """The supervisor allows more time for what follows, and a stage under SCHED_FIFO leaves it meanwhile."""
        self._context.stage_state.beat("starting")
        return realtime.relaxed()


def ranged(step: Step, label: str) -> Step:
    """The step as an NVTX range of this name, if NVTX is set and torch with CUDA is loaded; else the step itself."""
    torch = sys.modules.get("torch")
    if not os.environ.get(NVTX) or torch is None or torch.version.cuda is None:
        return step
    push, pop = torch.cuda.nvtx.range_push, torch.cuda.nvtx.range_pop

    def in_range() -> float:
        push(label)
        try:
            return step()
        finally:
            pop()

    return in_range
