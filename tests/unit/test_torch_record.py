"""Steps that torch's own profiler records: the trace in the file, and what is refused."""

import json
import os
import tempfile
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from steadyvoice.ipc.profile_protocol import BlocksProfiled, ProfileBlocks
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.steps import Steps


class Stage:
    """Its context, and steps of a block each."""

    def __init__(self) -> None:
        self.said: list[BlocksProfiled] = []
        self.state = SimpleNamespace(blocks=7, beat=lambda state: None)
        channel = SimpleNamespace(send=self.said.append)
        context = SimpleNamespace(stage_state=self.state, channel=channel, profile=None)
        self.context = cast(Context, context)
        self.steps = Steps(self.context, self.step, "generator soprano")
        self.plain = self.steps.step
        self.matrix: torch.Tensor | None = torch.ones(8, 8)

    def step(self) -> float:
        if self.matrix is not None:
            self.matrix @ self.matrix
        self.state.blocks += 1
        return 0.5

    def record(self, blocks: int, seconds: float = 60.0) -> Any:
        """Begin; return the file."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        self.context.profile = ProfileBlocks(3, blocks, seconds), os.dup(file.fileno())
        self.steps.profile()
        return file


def test_the_next_blocks_are_recorded_and_then_nothing_more() -> None:
    stage = Stage()
    with stage.record(2) as file:
        assert 0 < stage.steps.step() <= 0.5
        assert stage.said == []
        stage.steps.step()
        assert stage.steps.step == stage.plain
        file.seek(0)
        data = file.read()
    [said] = stage.said
    assert (said.number, said.blocks, said.bytes, said.problem) == (3, 2, len(data), "")
    names = [event.get("name", "") for event in json.loads(data)["traceEvents"]]
    assert names.count("aten::mm") == 2
    assert names.count("step") >= 2


@pytest.mark.parametrize(
    ("has_torch", "seconds", "problem"),
    [(False, 60.0, "torch computed nothing in its 1 blocks"), (True, 0.0, "it had no block in 0 s")],
)
def test_a_record_without_use_is_refused(has_torch: bool, seconds: float, problem: str) -> None:
    stage = Stage()
    if not has_torch:
        stage.matrix = None
    with stage.record(1, seconds):
        if not seconds:
            stage.state.blocks -= 1  # the step below is none
        stage.steps.step()
    assert stage.said[0].problem.startswith(problem)
    assert stage.steps.step == stage.plain


def test_one_record_at_a_time() -> None:
    stage = Stage()
    before = os.listdir("/proc/self/fd")
    with stage.record(2), stage.record(2):
        assert stage.said[0].problem == "it is being profiled already"
        stage.steps.step()
        stage.steps.step()
    assert stage.said[1].blocks == 2
    assert os.listdir("/proc/self/fd") == before
