"""Every point at which a process can be stopped or killed, one after the other.

A word of shared memory is read or written within one instruction of the interpreter. So to stop before the n-th
instruction, for every n, and to let the others go on there, is to see all that can happen.
"""

import itertools
import sys
import threading
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any


class _Killed(BaseException):
    pass


class Stopped:
    """Something that a process does, played by a thread, and stopped before an instruction of ``module``'s code.

    Leaving the ``with`` kills it, where it has not gone on until then: nothing of what was left is done.
    """

    def __init__(self, act: Callable[[], object], module: ModuleType, moment: int) -> None:
        self._act, self._file, self._left = act, module.__file__, moment
        self._here, self._there = threading.Semaphore(0), threading.Semaphore(0)
        self._killed = False
        self._error: BaseException | None = None
        self.over = False
        """It was done before the moment came."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._here.acquire()

    def _run(self) -> None:
        sys.settrace(self._trace)
        try:
            self._act()
        except _Killed:
            pass
        except BaseException as error:
            self._error = error
        finally:
            sys.settrace(None)
        self.over = self._left >= 0
        self._here.release()

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != self._file:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self._left -= 1
            if self._left == -1:
                self._here.release()
                self._there.acquire()
                if self._killed:
                    raise _Killed
        return self._trace

    def go_on(self) -> None:
        """Let it do the rest, and raise what that raises."""
        self._there.release()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def kill(self) -> None:
        self._killed = True
        self._there.release()
        self._thread.join()

    def __enter__(self) -> "Stopped":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def every_moment(scene: Callable[[int], bool], step: int = 1) -> None:
    """Play ``scene`` with moment 0, 1, ... until it says that all was over before the moment came.

    step: 3 plays every third one.
    """
    moments = next(moment for moment in itertools.count(0, step) if scene(moment))
    assert moments > 10, "the code was not watched"
