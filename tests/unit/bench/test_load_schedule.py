"""When listeners come, from a seed."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.svctl.bench.load.schedule import Mix, herd, poisson, text

MIXES = st.builds(Mix, st.integers(10, 300), st.floats(0, 1), st.integers(0, 99))


@given(MIXES, st.floats(0.1, 50))
def test_the_same_seed_gives_the_same_listeners_at_every_rate(mix: Mix, rate: float) -> None:
    slow, fast = poisson(rate, 5.0, mix), poisson(2 * rate, 5.0, mix)
    assert len(slow) <= len(fast)
    for one, other in zip(slow, fast, strict=False):
        assert (one.text, one.leaves_s) == (other.text, other.leaves_s)
        assert one.at_s == pytest.approx(2 * other.at_s)
    assert [each.at_s for each in fast] == sorted(each.at_s for each in fast)
    assert all(0 < each.at_s < 5.0 for each in fast)


def test_arrivals_and_cancels_are_as_frequent_as_asked() -> None:
    found = poisson(20.0, 100.0, Mix(96, 0.25, 1))
    assert len(found) == pytest.approx(2000, rel=0.1)
    assert sum(each.leaves_s < inf for each in found) == pytest.approx(len(found) / 4, rel=0.15)
    assert {each.leaves_s for each in poisson(20.0, 10.0, Mix(96, 0.0, 1))} == {inf}


def test_other_seeds_give_other_moments() -> None:
    assert poisson(2.0, 5.0, Mix(seed=1))[0].at_s != poisson(2.0, 5.0, Mix(seed=2))[0].at_s


@pytest.mark.parametrize("characters", [1, 40, 96, 400])
def test_texts_are_whole_sentences_of_about_that_length(characters: int) -> None:
    texts = [text(number, characters) for number in range(12)]
    assert all(each.endswith(".") and len(each) < characters + 105 for each in texts)
    assert len(set(texts)) > 1
    assert sum(map(len, texts)) / 12 == pytest.approx(characters, rel=0.35, abs=70)


def test_a_herd_comes_at_once_and_stays() -> None:
    assert {(each.at_s, each.leaves_s) for each in herd(5, Mix(cancels=1.0))} == {(0.0, inf)}
