"""Which models are loaded and unloaded: each rule answers a complaint about another model server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.supervision.residency import (
    MIB,
    Limits,
    Load,
    Model,
    State,
    Unload,
    never_fits,
    next_review_s,
    plan,
)

NOW = 10_000.0
LIMITS = Limits(ttl_s=600, min_residency_s=120)


def model(name: str, state: State = "resident", age_s: float = 1000.0, idle_s: float = 1000.0, mib: int = 0) -> Model:
    return Model(name, state=state, since=NOW - age_s, last_used=NOW - idle_s, bytes=mib * MIB)


def pinned(name: str, mib: int = 0) -> Model:
    made = model(name, mib=mib)
    made.is_pinned = True
    return made


def test_the_first_request_loads_and_a_second_one_does_not_load_again() -> None:
    cold = model("kokoro", "cold")
    assert plan([cold], {"kokoro": 1}, LIMITS, NOW) == [Load("kokoro")]
    assert plan([model("kokoro", "loading")], {"kokoro": 2}, LIMITS, NOW) == []


@pytest.mark.parametrize(("idle_s", "ttl_s", "goes"), [(599, 600, False), (600, 600, True), (9999, 0, False)])
def test_time_to_live_counts_from_the_end_of_the_last_use(idle_s: float, ttl_s: float, goes: bool) -> None:
    limits = Limits(ttl_s=ttl_s)
    old = model("kokoro", age_s=9999, idle_s=idle_s)
    assert plan([old], {}, limits, NOW) == ([Unload("kokoro")] if goes else [])
    assert plan([old], {"kokoro": 1}, limits, NOW) == [], "it speaks, or an utterance waits for it"


def test_a_model_that_was_just_loaded_lives_for_its_time() -> None:
    assert plan([model("kokoro", age_s=1, idle_s=9999)], {}, LIMITS, NOW) == []


def test_a_pinned_model_stays() -> None:
    assert plan([pinned("hibari")], {}, LIMITS, NOW) == []


def test_the_least_recently_used_goes_first_and_the_load_waits_until_it_is_gone() -> None:
    limits = Limits(resident_cap=2)
    models = [model("a", idle_s=300), model("b", idle_s=200), model("c", "cold")]
    assert plan(models, {"c": 1}, limits, NOW) == [Unload("a")]
    models[0].enter("unloading", NOW)
    assert plan(models, {"c": 1}, limits, NOW) == [], "the memory of a is not back"
    models[0].enter("cold", NOW)
    assert plan(models, {"c": 1}, limits, NOW) == [Load("c")]


def test_nothing_that_is_used_or_queued_for_is_displaced() -> None:
    limits = Limits(resident_cap=1)
    models = [model("a"), model("b", "cold")]
    assert plan(models, {"a": 1, "b": 1}, limits, NOW) == []
    assert plan(models, {"b": 1}, limits, NOW) == [Unload("a")]


def test_two_models_in_turns_do_not_displace_each_other_all_the_time() -> None:
    limits = Limits(resident_cap=1, min_residency_s=120)
    models = [model("a", age_s=119, idle_s=1), model("b", "cold")]
    assert plan(models, {"b": 1}, limits, NOW) == []
    assert next_review_s(models, {"b": 1}, limits, NOW) == 1.0
    assert plan(models, {"b": 1}, limits, NOW + 1) == [Unload("a")]


def test_memory_is_counted_as_it_was_measured() -> None:
    limits = Limits(resident_mib=1000)
    models = [pinned("hibari", 100), model("a", mib=500, idle_s=50), model("b", mib=300, idle_s=90),
              model("c", "cold", mib=500)]  # fmt: skip
    assert plan(models, {"c": 1}, limits, NOW) == [Unload("b"), Unload("a")]
    models[3].bytes = 400 * MIB
    assert plan(models, {"c": 1}, limits, NOW) == [Unload("b")]


def test_what_can_never_fit_is_known() -> None:
    limits = Limits(ttl_s=0, resident_mib=1000)
    models = [pinned("hibari", 100), model("a", mib=900), model("big", "cold", mib=901)]
    assert never_fits("big", models, limits)
    assert not never_fits("a", models, limits)
    assert plan(models, {"big": 1}, limits, NOW) == [], "nothing is unloaded in vain"
    assert never_fits("big", [pinned("hibari"), model("big", "cold")], Limits(resident_cap=1))


def test_a_model_that_was_asked_for_is_loaded_without_an_utterance() -> None:
    wanted = model("kokoro", "cold")
    wanted.is_wanted = True
    assert plan([wanted], {}, LIMITS, NOW) == [Load("kokoro")]


def test_a_failed_model_is_not_loaded_again_and_takes_no_place() -> None:
    limits = Limits(resident_cap=1)
    assert plan([model("a", "failed"), model("b", "cold")], {"a": 1, "b": 1}, limits, NOW) == [Load("b")]


MODELS = st.lists(
    st.builds(
        Model,
        st.sampled_from("abcdef"),
        st.booleans(),
        st.sampled_from(["cold", "loading", "resident", "unloading", "failed"]),
        st.floats(0, NOW),
        st.floats(0, NOW),
        st.booleans(),
        st.just(0.0),
        st.integers(0, 500 * MIB),
    ),
    unique_by=lambda each: each.name,
    max_size=6,
)
SETTINGS = st.builds(Limits, st.floats(0, 1000), st.floats(0, 1000), st.integers(0, 1000), st.integers(0, 5))
USERS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3))


@given(MODELS, USERS, SETTINGS)
def test_any_plan(models: list[Model], users: dict[str, int], limits: Limits) -> None:
    actions = plan(models, users, limits, NOW)
    by_name = {each.name: each for each in models}
    assert len({action.name for action in actions}) == len(actions), "one action a model"
    unloaded = {action.name for action in actions if isinstance(action, Unload)}
    for action in actions:
        acted = by_name[action.name]
        if isinstance(action, Load):
            assert acted.state == "cold"
            assert acted.is_wanted or users.get(acted.name)
        else:
            assert acted.state == "resident"
            assert not acted.is_pinned
            assert not users.get(acted.name)
    present = [m for m in models if m.state in ("loading", "resident") and m.name not in unloaded]
    if any(m.state == "unloading" for m in models) or unloaded:
        assert not any(isinstance(action, Load) for action in actions), "memory is not back yet"
    loaded = [by_name[action.name] for action in actions if isinstance(action, Load)]
    if loaded and limits.resident_cap:
        assert len(present) + len(loaded) <= limits.resident_cap
    if loaded and limits.resident_mib:
        assert sum(each.bytes for each in (*present, *loaded)) <= limits.resident_mib * MIB
