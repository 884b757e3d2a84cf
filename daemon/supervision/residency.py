"""Which models are loaded, kept and unloaded: decisions without clock, processes or memory.

A model is an engine with its line of stages, or a family of converters with its stage. The rules answer complaints
about other model servers (ollama, llama-swap, Triton, Kokoro-FastAPI): nothing that speaks or is queued for is
unloaded, two models that are used in turns do not displace each other all the time, a load begins only when the memory
of what it displaces is back, and what can never fit is refused at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["cold", "loading", "resident", "unloading", "failed"]

MIB: Final = 1 << 20


@dataclass
class Model:
    """Times are monotonic seconds."""

    name: str
    is_pinned: bool = False
    state: State = "cold"
    since: float = 0.0
    """When it got into this state."""
    last_used: float = 0.0
    """End of the last use."""
    is_wanted: bool = False
    """It was asked for, also without an utterance."""
    load_s: float = 0.0
    """Seconds that the last load took."""
    bytes: int = 0
    """Memory while it is resident, as it was measured last; 0: not known."""

    def enter(self, state: State, now: float) -> None:
        self.state, self.since = state, now


@dataclass(frozen=True)
class Limits:
    ttl_s: float = 600.0
    """From the end of the last use; 0: no limit."""
    min_residency_s: float = 120.0
    resident_mib: int = 0
    """Of all models together; 0: no limit."""
    resident_cap: int = 0
    """Number of models; 0: no limit."""


@dataclass(frozen=True)
class Load:
    name: str


@dataclass(frozen=True)
class Unload:
    name: str


Action = Load | Unload


def plan(models: Iterable[Model], users: Mapping[str, int], limits: Limits, now: float) -> list[Action]:
    """What is to be done now. Call it again after each change, and when ``next_review_s`` is over.

    users: utterances that wait for each model or are spoken with it.
    """
    known = list(models)
    idle = [m for m in known if m.state == "resident" and not m.is_pinned and not users.get(m.name)]
    actions: list[Action] = [Unload(m.name) for m in idle if limits.ttl_s and now >= _idle_since(m) + limits.ttl_s]
    gone = {action.name for action in actions}
    present = [m for m in known if m.state in ("loading", "resident") and m.name not in gone]
    waits = bool(gone) or any(m.state == "unloading" for m in known)
    for model in known:
        if model.state != "cold" or not (model.is_wanted or users.get(model.name)):
            continue
        old = [m for m in idle if m in present and now >= m.since + limits.min_residency_s]
        victims: list[Model] = []
        for victim in sorted(old, key=_idle_since):
            if _fits(model, [m for m in present if m not in victims], limits):
                break
            victims.append(victim)
        left = [m for m in present if m not in victims]
        if not _fits(model, left, limits):
            continue
        actions += [Unload(victim.name) for victim in victims]
        waits = waits or bool(victims)
        if not waits:  # else it is loaded when their memory is back
            actions.append(Load(model.name))
        present = [*left, model]
    return actions


def _fits(model: Model, present: Iterable[Model], limits: Limits) -> bool:
    others = [m for m in present if m is not model]
    used = sum(m.bytes for m in others) + model.bytes
    has_place = not limits.resident_cap or len(others) < limits.resident_cap
    return has_place and (not limits.resident_mib or used <= limits.resident_mib * MIB)


def _idle_since(model: Model) -> float:
    return max(model.last_used, model.since)


def never_fits(name: str, models: Iterable[Model], limits: Limits) -> bool:
    """Even if every model that is not pinned were unloaded."""
    known = list(models)
    model = next(m for m in known if m.name == name)
    return not _fits(model, [m for m in known if m.is_pinned], limits)


def next_review_s(models: Iterable[Model], users: Mapping[str, int], limits: Limits, now: float) -> float | None:
    """Seconds until time alone may change the plan; None: it will not."""
    due: list[float] = []
    for model in models:
        if model.state != "resident" or model.is_pinned or users.get(model.name):
            continue
        due.append(model.since + limits.min_residency_s)
        if limits.ttl_s:
            due.append(_idle_since(model) + limits.ttl_s)
    later = [at for at in due if at > now]
    return min(later) - now if later else None
