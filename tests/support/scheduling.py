"""Shorthand of the Scheduler's unit tests: utterances, conditions, and the ids in a list of actions."""

from collections.abc import Callable, Iterable

from steadyvoice.daemon.scheduling.scheduler import (
    Action,
    Begin,
    Conditions,
    Finish,
    Scheduler,
)
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc.messages import Event
from steadyvoice.ipc.requests import Priority
from steadyvoice.ipc.utterance_spec import UtteranceSpec

IDLE = Conditions()


class Client:
    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        raise AssertionError("the Scheduler does no I/O")

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        raise AssertionError("the Scheduler does no I/O")


ALICE, BOB = Client(), Client()


def utterance(
    number: int,
    priority: Priority = "message",
    *,
    sink: str = "device",
    client: Client = ALICE,
    text: str = "text",
    detach: bool = False,
    more_text: bool = False,
    user: str = "",
) -> Utterance:
    spec = UtteranceSpec("hibari", "heart", 1.0, 1.0, sink, 24_000, 48_000)
    made = Utterance(number, client, spec, 0, detach=detach, priority=priority, user=user)
    made.add_text(text)
    if not more_text:
        made.close_text()
    return made


def hears(*numbers: int) -> Conditions:
    return Conditions(audible=frozenset(numbers))


def submitted(*utterances: Utterance, now: Conditions = IDLE) -> Scheduler:
    """A scheduler to which these utterances were submitted and admitted one after the other."""
    scheduler = Scheduler()
    for each in utterances:
        scheduler.submit(each, now)
        scheduler.admit(now)
    return scheduler


def begun(actions: list[Action]) -> list[int]:
    return [action.utterance.id for action in actions if isinstance(action, Begin)]


def ended(actions: list[Action]) -> dict[int, str]:
    return {action.utterance.id: action.reason for action in actions if isinstance(action, Finish)}


def ids(utterances: Iterable[Utterance]) -> list[int]:
    return [each.id for each in utterances]
