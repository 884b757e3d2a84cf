"""Messages between supervisor and stage over their socket: complete, in order, with working descriptors."""

import os
import socket
import sys
import typing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from steadyvoice.ipc import descriptors, listening, live_protocol, profile_protocol, ring, stage_protocol, stage_start
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import SupervisorGone
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.reading import ReadSegment, ReadWord
from steadyvoice.ipc.ring import Consumer, Producer
from steadyvoice.ipc.stage_channel import StageChannel, SupervisorChannel
from steadyvoice.ipc.stage_protocol import (
    ClientSink,
    ConverterMeta,
    Device,
    Ended,
    Failed,
    FromStage,
    Ready,
    Scheduling,
    Started,
    Underrun,
    VoiceMeta,
    Word,
    Words,
)

SETTINGS = stage_start.StageSettings(["hibari"], ["shift"], "", 512, 20.0, 5.0, 2.0, 0.4, [0, 1], 40)
VOICE = VoiceMeta("heart", "en-gb", 24_000, "Apache-2.0", True, "hibari")
PLUGIN = live_protocol.PluginStatus(
    name="gain", reference="gain", parameters={"db": -6.0, "on": True, "kind": "soft"}, latency=0, p50_us=16.1,
    p99_us=20.0, budget_us=7500.0, problem="", number=3,
)  # fmt: skip
MESSAGES: list[FromStage] = [
    Device("pulse", 48_000, 512, 21.3),
    Device("", 0, 0, 0.0, "there is none; ünplugged"),
    Scheduling("fifo", [0, 1], 40, True),
    Scheduling("other", [], 0, False),
    Ready([VOICE, VOICE]),
    Ready(),
    Ready(converters=[ConverterMeta("shift", "Apache-2.0", 25.0, True, True, "shift")]),
    Started(1, list(range(8)), 1 << 62),
    Words(1, [Word(0, 5, 0, 9_600, 0), Word(6, 120, 12_000, 48_000, 1)]),
    Words(2, []),
    Words(2, [Word(7, 25, 4_800, 4_800, 0, "here")]),
    stage_protocol.Note(1, "no voice speaks 'de'", False),
    stage_protocol.Reading(3),
    stage_protocol.Reading(3, problem="no such voice"),
    stage_protocol.Reading(3, ReadSegment("5.", "five.", "fIv.", "en-US", 0, 2, [ReadWord("five.", 0, 2)])),
    stage_protocol.SegmentStart(1, 3, 40, 75, True, 2, 123),
    stage_protocol.SegmentStart(1, 4, 40, 75, True, 2, 123, pronounced=[(0, 3, "/kæt/")]),
    stage_protocol.Batching(1, 4, 17),
    stage_protocol.Chunk(1, 4, 2, 25),
    Underrun(1, 2, 12.5),
    Ended(1, 96_000, 0, [0] * 8, 5),
    stage_protocol.Loading("voice ünplugged of soprano"),
    stage_protocol.Loading(""),
    stage_protocol.LeftOut("cache /x", "Permission denied: /x"),
    stage_protocol.LeftOut("cache /x", ""),
    Failed(0, "stage_failed", "no model"),
    Failed((1 << 64) - 1, "unsupported_text", ""),
    live_protocol.InputReport(7, "open", "", "USB", 44_100, 2, 12.5, 0.3, -20.0, 1, 0, 2, True),
    live_protocol.ChainReport(7, 2, "bad_parameter", "gain: ünknown", 480, [PLUGIN], -6.0),
    live_protocol.PlaybackReport(7, True, 3, 512, 0, 1, 21.3),
    profile_protocol.BlocksProfiled(3, 20, 1 << 20),
    profile_protocol.BlocksProfiled(4, problem="ünable"),
    listening.EarlySign(1 << 62),
    listening.EarlySignGone(1 << 62),
    listening.SpeechStarted(1 << 62),
    listening.SpeechEnded(1 << 62),
]


class Ends(typing.NamedTuple):
    supervisor: StageChannel
    stage: SupervisorChannel

    def leave(self) -> None:
        """The stage's process is gone."""
        self.stage._socket.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ends = Ends(StageChannel(ours), SupervisorChannel(theirs.detach()))
    yield ends
    ours.close()
    ends.leave()


def test_every_message_is_among_the_examples() -> None:
    assert {type(message) for message in MESSAGES} == set(typing.get_args(stage_protocol.FromStage))


def test_every_message_arrives_in_its_order(ends: Ends) -> None:
    assert ends.supervisor.receive() == []
    for message in MESSAGES:
        ends.stage.send(message)
    assert ends.supervisor.receive() == MESSAGES
    assert ends.supervisor.receive() == []
    assert not ends.supervisor.closed


def test_threads_may_send_at_the_same_time(ends: Ends) -> None:
    """Live plugins are opened on a thread of their own, which reports what it loads."""
    each, names = 2000, ("a", "b", "c")

    def send(name: str) -> None:
        for number in range(each):
            ends.stage.send(stage_protocol.LeftOut(name, str(number)))

    received: list[object] = []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(names)) as pool:
            sent = [pool.submit(send, name) for name in names]
            while not all(future.done() for future in sent):
                received += ends.supervisor.receive()
    finally:
        sys.setswitchinterval(before)
    for future in sent:
        future.result()
    ends.stage.flush()
    while more := ends.supervisor.receive():
        received += more
        ends.stage.flush()
    for name in names:
        own = [message for message in received if isinstance(message, stage_protocol.LeftOut) and message.what == name]
        assert [int(message.reason) for message in own] == list(range(each))


@pytest.mark.parametrize(("sources", "targets"), [(1, 1), (12, 0), (1, 5), (30, 90)])
def test_assignment(ends: Ends, sources: int, targets: int) -> None:
    fds = [os.memfd_create(str(number)) for number in range(6 + 2 * (sources + targets))]
    links = [
        stage_start.Link(number or None, number % 2, fds[6 + 2 * number], fds[7 + 2 * number])
        for number in range(sources + targets)
    ]
    rings = stage_start.Links(links[:sources], links[sources:])
    sent = stage_start.Assignment(
        "vocoder", 1, fds[0], fds[1], fds[2], fds[3], fds[4], fds[5], rings, SETTINGS, role="standby"
    )
    assert sent.descriptors == fds
    ends.supervisor.assign(sent)
    received = ends.stage.assignment()
    for own, fd in zip(received.descriptors, fds, strict=True):
        assert own != fd
        assert os.path.sameopenfile(own, fd)
        assert not os.get_inheritable(own)
        os.close(own)
    assert received.with_descriptors(fds) == sent
    for fd in fds:
        os.close(fd)
    go = stage_protocol.Go([3, 5], [], 1 << 62)
    ends.supervisor.send(go)
    assert ends.stage.go() == go


def test_a_stage_without_a_supervisor(ends: Ends) -> None:
    ends.supervisor.socket.close()
    with pytest.raises(SupervisorGone):
        ends.stage.assignment()


def test_descriptors_of_a_client_sink_work(ends: Ends) -> None:
    fd, notifier = ring.create("client", 2, 64), EventNotifier()
    ends.supervisor.send(ClientSink(7, 0), [fd, notifier.fd])
    consumer = Consumer(fd, None)
    os.close(fd)
    received = ends.stage.receive()
    assert received is not None
    message, fds = received
    assert message == ClientSink(7, 0)
    ring_fd, bell_fd = fds
    producer = Producer(ring_fd, EventNotifier(bell_fd))
    slot = producer.reserve()
    assert slot is not None
    slot.put(b"samples")
    slot.words[s.KIND] = s.PCM
    producer.publish()
    assert notifier.clear()
    read = consumer.peek()
    assert read is not None
    assert (read.words[s.KIND], read.bytes()) == (s.PCM, b"samples")
    descriptors.close_all([ring_fd])
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(ring_fd)


def test_each_client_sink_comes_with_its_own_descriptors(ends: Ends) -> None:
    notifiers = [EventNotifier() for _ in range(3)]
    for number, notifier in enumerate(notifiers):
        ends.supervisor.send(ClientSink(number, 0), [notifier.fd])
    for number, notifier in enumerate(notifiers):
        received = ends.stage.receive()
        assert received is not None
        message, (fd,) = received
        assert message == ClientSink(number, 0)
        other = EventNotifier(fd)
        other.notify()
        assert [each.clear() for each in notifiers] == [each is notifier for each in notifiers]


def test_supervisor_that_does_not_read_loses_nothing(ends: Ends) -> None:
    """More messages than the socket buffers do not block the stage; then they are read and sent in turn."""
    sent = [Words(number, [Word(number, number, number, number, 0)]) for number in range(5000)]
    for message in sent:
        ends.stage.send(message)
    got = ends.supervisor.receive()
    assert 0 < len(got) < len(sent), "the socket took all messages, so nothing was tested"
    while len(got) < len(sent):
        ends.stage.flush()
        more = ends.supervisor.receive()
        assert more
        got += more
    assert got == sent
    ends.stage.flush()
    assert ends.supervisor.receive() == []


def test_waiting_messages_precede_new_ones(ends: Ends) -> None:
    for number in range(2000):
        ends.stage.send(Words(number, []))
    got = ends.supervisor.receive()
    assert len(got) < 2000
    ends.stage.send(Failed(1, "stage_failed", "last"))
    while not isinstance(got[-1], Failed):
        got += ends.supervisor.receive()
        ends.stage.flush()
    assert [message.utterance for message in got[:-1] if isinstance(message, Words)] == list(range(2000))


def test_peer_gone(ends: Ends) -> None:
    assert not ends.stage.peer_gone()
    ends.supervisor.send(ClientSink(1, 0), [])
    assert not ends.stage.peer_gone()
    assert ends.stage.receive() == (ClientSink(1, 0), []), "peer_gone receives no message"
    ends.supervisor.send(ClientSink(2, 0), [])
    ends.supervisor.socket.close()
    assert ends.stage.receive() == (ClientSink(2, 0), [])
    assert ends.stage.peer_gone()
    with pytest.raises(SupervisorGone):
        ends.stage.receive()
    with pytest.raises(SupervisorGone):
        ends.stage.send(Words(1, []))


def test_supervisor_gone_with_unread_messages(ends: Ends) -> None:
    ends.stage.send(Words(1, []))
    ends.supervisor.socket.close()
    assert ends.stage.peer_gone()


def test_last_words_of_a_stage(ends: Ends) -> None:
    for message in MESSAGES:
        ends.stage.send(message)
    ends.leave()
    assert ends.supervisor.receive() == MESSAGES
    assert ends.supervisor.closed
    assert ends.supervisor.receive() == []


def test_last_messages_of_a_stage_that_left_messages_unread(ends: Ends) -> None:
    """The converter dies with an unread ClientSink: the supervisor still receives why it died."""
    ends.supervisor.send(ClientSink(1, 0), [])
    ends.stage.send(MESSAGES[-2])
    ends.leave()
    assert ends.supervisor.receive() == [MESSAGES[-2]]


def test_long_message(ends: Ends) -> None:
    """A long error of an engine is neither cut nor taken for a closed socket."""
    ends.stage.send(Failed(1, "stage_failed", "x" * 60_000))
    (message,) = ends.supervisor.receive()
    assert isinstance(message, Failed)
    assert message.utterance == 1
    assert message.message.startswith("xxx")
