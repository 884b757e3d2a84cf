"""What the output has recorded is read whole, or not at all, also after its process has died."""

from hypothesis import given
from hypothesis import strategies as st
from support.traces import recorder, slot

from steadyvoice.ipc import flight_recorder as fr
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.flight_recorder import FlightRecorder, Reader

TIMES = (10, 20, 30, 40, 50, 60)


def read(reader: Reader, *ids: int) -> list[list[int]]:
    return list(reader.snapshot().records(ids or range(1, 100)))


def test_a_block_has_its_header_and_the_outputs_own_times() -> None:
    with recorder() as (writer, reader, _):
        writer.block(slot((3 << 32) + 7, 1, TIMES, segment=2), 70)
        assert writer.awaits_write
        writer.written(80, 90, 100)
        assert not writer.awaits_write
        [record] = read(reader)
    assert record[s.UTTERANCE] & fr.IDS == 7, "queued again three times"
    assert (record[s.KIND], record[s.SEGMENT], record[s.COUNT], record[s.INDEX]) == (s.PCM, 2, 512, 512)
    assert record[s.TIMES : s.TIMES + 8] == [*TIMES, 70, 80]
    assert (record[fr.DUE], record[fr.HEARD]) == (90, 100)


def test_blocks_of_one_write_are_completed_together_and_a_death_leaves_one_open() -> None:
    with recorder() as (writer, reader, fd):
        writer.block(slot(7, 1, TIMES), 70)
        writer.block(slot(7, 2, TIMES), 70, 48)
        writer.written(80, 0, 500)
        writer.block(slot(7, 3, TIMES), 90)
        other = FlightRecorder(fd)  # of the replacement
        other.block(slot(7, 3, TIMES), 110)
        other.written(120, 0, 0)
        found = [(record[s.TIMES + 7], record[fr.HEARD]) for record in read(reader)]
    assert found == [(80, 500), (80, 1_000_500), (0, 0), (120, 0)]


def test_underruns_and_events_of_the_device() -> None:
    with recorder() as (writer, reader, _):
        writer.event(fr.OPENED, 5)
        writer.underrun(7, 30, 40, 1)
        writer.underrun(8, 50, 60, 2)
        writer.event(fr.LOST, 70)
        of_seven = read(reader, 7)
    assert [record[s.KIND] for record in of_seven] == [fr.OPENED, fr.UNDERRUN, fr.LOST]
    assert [of_seven[1][word] for word in (s.UTTERANCE, s.INDEX, fr.DUE, fr.AT)] == [7, 1, 30, 40]


def test_one_in_four_blocks_of_live_sound_is_recorded() -> None:
    with recorder() as (writer, reader, _):
        for number in range(9):
            writer.live_block(slot(7, number, TIMES[:4]), 70)
        assert [record[s.INDEX] for record in read(reader)] == [0, 4 * 512, 8 * 512]


def test_the_oldest_are_overwritten() -> None:
    with recorder() as (writer, reader, _):
        for number in range(fr.RECORDS + 100):
            writer.underrun(7, number, number, 0)
        since = [record[fr.DUE] for record in read(reader)]
    assert since == list(range(101, fr.RECORDS + 100)), "the oldest may be overwritten at any time"


@given(st.integers(0, 2 * fr.RECORDS), st.integers(0, 40))
def test_what_is_overwritten_while_it_is_copied_is_left_out(before: int, meanwhile: int) -> None:
    """The copy is made of the memory as it was, with the later part as it was after further records."""
    with recorder() as (writer, reader, _):
        for number in range(1, before % 50 + 1):
            writer.underrun(7, number, number, 0)
        writer._words[0] = start = before  # as after so many records
        first = reader.snapshot()
        for number in range(before + 1, before + meanwhile + 1):
            writer.underrun(7, number, number, 0)
        torn = fr.Snapshot(first._words.tobytes(), reader.snapshot()._words[0])
        numbers = [record[s.SEQ] for record in torn.records({7})]
    assert numbers == sorted(numbers)
    assert all(number > start + meanwhile - fr.RECORDS + 1 for number in numbers)


def test_a_record_that_is_being_written_is_left_out() -> None:
    with recorder() as (writer, reader, _):
        writer.underrun(7, 1, 1, 0)
        writer._begin()
        writer._words[0] += 1
        assert [record[fr.DUE] for record in read(reader)] == [1]
