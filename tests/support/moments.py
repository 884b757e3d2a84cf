"""Every point at which a process can be stopped or killed, one after the other, in one process.

A word of shared memory is read or written within one instruction of the interpreter. So what happens before the
n-th instruction, for every n, is all that another process can do in between.
"""

import itertools
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any


class Killed(BaseException):
    """Raise it in ``meanwhile``: nothing of the act after this moment is done."""


def interrupted(act: Callable[[], object], meanwhile: Callable[[], object], module: ModuleType, moment: int) -> bool:
    """Run ``act``, and ``meanwhile`` before the instruction ``moment`` of ``module``'s code; False if there is none."""
    left = moment

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != module.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == -1:
                meanwhile()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except Killed:
        pass
    finally:
        sys.settrace(before)
    return left < 0


def every_moment(scene: Callable[[int], bool]) -> int:
    """Play ``scene`` with moment 0, 1, ... until it says that it was over before the moment came; how many it had."""
    return next(moment for moment in itertools.count() if not scene(moment))
