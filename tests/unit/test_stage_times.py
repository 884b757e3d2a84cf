"""``bench pipeline``: what the time until the first block consists of."""

import pytest

from steadyvoice.client.svctl.bench.stage_times import first_parts

FIRST = {
    "first_audio": 40.0,
    "generator.first_began": 1.0,
    "generator.first": 10.0,
    "vocoder.first_began": 12.0,
    "vocoder.first": 30.0,
    "converter.first_began": 33.0,
    "converter.first": 38.0,
}


@pytest.mark.parametrize("ended", [{}, {"generator.last_began": 50.0, "generator.last": 60.0}])
def test_the_parts_of_the_first_block_are_its_whole_time(ended: dict[str, float]) -> None:
    """Also of an utterance that has ended when its first block is read."""
    parts = first_parts(45.0, FIRST | ended)
    assert parts == {"generator": 10.0, "vocoder": 18.0, "converter": 5.0, "rings": 7.0, "sockets": 5.0}
    assert sum(parts.values()) == 45.0
