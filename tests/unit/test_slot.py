"""Slot (ipc/slot.py): the words that are copied from stage to stage."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot

WORD = st.integers(0, (1 << 64) - 1)


def a_slot(words: list[int], position: int = 2) -> Slot:
    slot = Slot(memoryview(bytearray(s.HEADER_BYTES + 128)), 0)
    slot.words[:] = memoryview(struct.pack("<32Q", *words)).cast("Q")
    slot.words[s.ROUTE] = 31 << 8 | position
    return slot


@given(old=st.lists(WORD, min_size=32, max_size=32), new=st.lists(WORD, min_size=32, max_size=32))
def test_head_copies_the_utterance(old: list[int], new: list[int]) -> None:
    source, slot = a_slot(old), a_slot(new)
    slot.head(s.PCM, source, count=3, index=4, payload_bytes=5)
    words = slot.words
    for kept in (s.UTTERANCE, s.LANE, s.VALUE, s.ORIGIN, *range(s.TIMES, s.WORDS)):
        assert words[kept] == old[kept]
    assert (words[s.KIND], words[s.COUNT], words[s.INDEX], words[s.BYTES]) == (s.PCM, 3, 4, 5)
    assert words[: s.UTTERANCE].tolist() == new[: s.UTTERANCE], "sequence and generation are the ring's"
    assert (slot.first_stage, slot.position) == (31, 3)
    assert source.words.tolist()[: s.ROUTE] == old[: s.ROUTE]


@given(old=st.lists(WORD, min_size=32, max_size=32), payload=st.binary(max_size=128))
def test_copy_copies_all_but_the_rings_words(old: list[int], payload: bytes) -> None:
    source, slot = a_slot(old), a_slot([9] * 32)
    source.put(payload)
    slot.copy(source)
    assert slot.words.tolist() == [9, 9, *source.words.tolist()[2:]]
    assert slot.bytes() == payload
    slot.forward(source)
    assert (slot.first_stage, slot.position) == (31, 3)
    assert slot.bytes() == payload


def test_every_stage_of_the_longest_path_has_its_two_times() -> None:
    slot = a_slot([0] * 32)
    slot.begin_route(first_stage=5)
    for stage in range(s.MAX_PATH):
        after = a_slot([0] * 32)
        after.head(s.PCM, slot)
        after.stamp(10 * stage + 1, 10 * stage + 2)
        slot = after
    assert slot.times() == [10 * stage + end for stage in range(8) for end in (1, 2)]
    assert (slot.first_stage, slot.position) == (5, 8)
    assert [at for at in range(s.TIMES) if slot.words[at]] == [s.KIND, s.ROUTE]
