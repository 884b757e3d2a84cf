"""Whose turn it is, of the utterances that wait."""

from collections import Counter
from collections.abc import Iterable

from steadyvoice.daemon.scheduling.priorities import ORDER
from steadyvoice.daemon.scheduling.utterance import Utterance


def for_device(waiting: Iterable[Utterance]) -> Utterance | None:
    """The most important one that has text, of these the first."""
    return min((u for u in waiting if u.to_device and u.may_begin), key=_turn, default=None)


def for_clients(waiting: Iterable[Utterance], begun: Iterable[Utterance]) -> Utterance | None:
    """The first that has text, of the client that has the fewest begun."""
    held = Counter(id(u.listener) for u in begun)
    able = (u for u in waiting if not u.to_device and u.may_begin)
    return min(able, key=lambda u: held[id(u.listener)], default=None)


def gives_way(ahead: Iterable[Utterance], waiting: Iterable[Utterance]) -> Utterance | None:
    """Of those that were made ahead for the device the last, where one is waiting that goes before it."""
    first, last = for_device(waiting), max(ahead, key=_turn, default=None)
    return last if first is not None and last is not None and _turn(first) < _turn(last) else None


def _turn(utterance: Utterance) -> tuple[int, int]:
    return ORDER.index(utterance.priority), utterance.id
