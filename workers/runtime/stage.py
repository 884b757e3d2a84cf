"""The life of a stage's process: warm-up, the loop of steps and sleeps, and its end."""

import contextlib
import signal
from collections.abc import Callable
from typing import Final, Protocol

from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import Fenced, SteadyvoiceError, Stopping, SupervisorGone, describe
from steadyvoice.ipc.stage_channel import SupervisorChannel
from steadyvoice.ipc.stage_protocol import Failed, Ready
from steadyvoice.workers import optional
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.context import IDLE_S, MAX_REASON_CHARS, RECHECK_S, Context
from steadyvoice.workers.runtime.steps import Steps

_CATALOGUE_S: Final = 1.0
"""Longest wait for a supervisor that is slow to read a catalogue."""
_QUIET_ROUNDS: Final = 50
"""After this many sleeps without a notification, sleeps last up to IDLE_S, and the supervisor is looked for."""


class Stage(Protocol):
    """A stage may have ``precedence``, 0 or less: what is added to its SCHED_FIFO priority."""

    def warmup(self) -> Ready:
        """Run every real tensor shape once; return the voices or converters that this stage has.

        A replacement warms up only what every utterance needs, returns none, and leaves the rest to
        ``Context.deferred_warmups``.
        """
        ...

    def step(self) -> float:
        """Do one block of work. Return 0 if there may be more, else the longest time to sleep, in seconds."""
        ...


def run(make: Callable[[Context], Stage], channel: SupervisorChannel) -> None:
    """The life of a stage process: warm up, report Ready, then work and sleep until the supervisor stops it."""
    with contextlib.suppress(Stopping, Fenced, SupervisorGone):
        _serve(make, channel)


def _serve(make: Callable[[Context], Stage], channel: SupervisorChannel) -> None:
    assignment = channel.assignment()
    optional.report_to(channel.send)
    optional.exclude(assignment.settings.left_out)
    context = Context(assignment, channel)
    close_all(assignment.descriptors)  # each ring and notifier keeps one of its own, for as long as it exists

    def stop(*_: object) -> None:
        context.stopping = True
        context.notifier.notify()

    def overrun(*_: object) -> None:
        realtime.become_ordinary()
        context.overran = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor handles the terminal's Ctrl-C

    realtime.limit_memory(assignment.settings.memory_mib)
    if assignment.role == "background":
        realtime.become_idle(assignment.settings.loading_cpus)
    try:
        stage = make(context)
        ready = stage.warmup()
    except Exception as error:
        channel.send(Failed(0, "stage_failed", describe(error, MAX_REASON_CHARS)))
        raise SystemExit(1) from None if isinstance(error, SteadyvoiceError) else error
    if assignment.name == "catalogue":
        channel.send(ready)
        channel.drain(_CATALOGUE_S)
        return
    realtime.freeze()
    signal.signal(signal.SIGXCPU, overrun)
    quiet = 0
    if context.role == "standby":
        channel.send(ready)
    context.take_over(channel.go())
    priority = assignment.settings.priority + getattr(stage, "precedence", 0)
    granted = realtime.apply(assignment.settings.cpus, max(0, priority))
    context.stage_state.beat("ready")
    channel.send(granted)
    if context.role != "standby":
        channel.send(ready)
    steps = Steps(context, stage.step, assignment.settings.label)
    while not context.stopping:
        sleep = steps.step()
        if context.overran:
            context.overran = False
            granted = realtime.demote(granted)
            channel.send(granted)
        if sleep == 0:
            quiet = 0
            continue
        if context.profile is not None:
            steps.profile()
            continue
        if sleep >= IDLE_S and context.deferred_warmups:
            context.ensure_warm(next(iter(context.deferred_warmups)))
            continue
        channel.flush()
        context.stage_state.beat("ready" if sleep >= IDLE_S else "busy")
        if not context.notifier.wait(min(sleep, RECHECK_S if quiet < _QUIET_ROUNDS else IDLE_S)):
            quiet += 1
            if quiet > _QUIET_ROUNDS and channel.peer_gone():
                return
