"""The two ends of the socket between the supervisor and a stage, for the messages of stage_protocol.py."""

import select
import socket
import time
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Final

import msgspec

from steadyvoice.ipc import descriptors
from steadyvoice.ipc.errors import SupervisorGone
from steadyvoice.ipc.stage_protocol import FromStage, Go, ToStage
from steadyvoice.ipc.stage_start import Assignment

_encoder = msgspec.msgpack.Encoder()
_from_stage: msgspec.msgpack.Decoder[FromStage] = msgspec.msgpack.Decoder(FromStage)
_to_stage: msgspec.msgpack.Decoder[ToStage] = msgspec.msgpack.Decoder(ToStage)
_assignment: msgspec.msgpack.Decoder[Assignment] = msgspec.msgpack.Decoder(Assignment)
_MAX: Final = 65536
_MAX_FDS: Final = 250
"""Descriptors in a message, at most: SCM_MAX_FD in unix(7) is 253."""


class StageChannel:
    """The supervisor's end of a stage's socket. Never blocks."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.closed = False
        """The stage has closed its end, and all of its messages have been received."""
        sock.setblocking(False)

    def assign(self, assignment: Assignment) -> None:
        socket.send_fds(self.socket, [_encoder.encode(assignment)], assignment.descriptors)

    def send(self, message: ToStage, fds: Sequence[int] = ()) -> None:
        socket.send_fds(self.socket, [_encoder.encode(message)], fds)

    def receive(self) -> list[FromStage]:
        """All messages that have arrived. Never waits."""
        messages: list[FromStage] = []
        while True:
            try:
                data = self.socket.recv(_MAX)
            except BlockingIOError:
                return messages
            except ConnectionError:
                continue  # reported once where the stage died with unread messages; its own last messages follow
            if not data:
                self.closed = True
                return messages
            messages.append(_from_stage.decode(data))


class SupervisorChannel:
    """The stage's end. Sending never blocks: messages that do not fit into the socket wait for the next ``flush``.

    Any thread may send; all else is for the stage's own thread.
    """

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._waiting: deque[bytes] = deque()
        self._flushing = Lock()

    def assignment(self) -> Assignment:
        """Wait for the first message; its fields get this process's own descriptors. SupervisorGone."""
        data, fds = descriptors.receive(self._socket, _MAX, _MAX_FDS)
        if not data:
            raise SupervisorGone
        return _assignment.decode(data).with_descriptors(fds)

    def go(self) -> Go:
        """Wait for Go, which is the first message after the assignment. SupervisorGone."""
        try:
            data = self._socket.recv(_MAX)
        except ConnectionError:
            raise SupervisorGone from None
        if not data:
            raise SupervisorGone
        message = _to_stage.decode(data)
        assert isinstance(message, Go)
        return message

    def receive(self) -> tuple[ToStage, list[int]] | None:
        """The next message and its descriptors, or None where there is none. SupervisorGone."""
        try:
            data, fds = descriptors.receive(self._socket, _MAX, _MAX_FDS, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except ConnectionError:
            raise SupervisorGone from None
        if not data:
            raise SupervisorGone
        return _to_stage.decode(data), fds

    def send(self, message: FromStage) -> None:
        """SupervisorGone."""
        self._waiting.append(_encoder.encode(message))
        self.flush()

    def flush(self) -> None:
        """Send waiting messages as far as the socket takes them. SupervisorGone."""
        if not self._flushing.acquire(blocking=False):
            return  # another thread sends them; a real-time thread must not wait for it
        try:
            while self._waiting:
                self._socket.send(self._waiting[0], socket.MSG_DONTWAIT)
                self._waiting.popleft()
        except BlockingIOError:
            return
        except OSError as error:
            raise SupervisorGone from error
        finally:
            self._flushing.release()

    def drain(self, seconds: float) -> None:
        """Wait until the socket has taken all messages, at most so long. SupervisorGone."""
        deadline = time.monotonic() + seconds
        while self._waiting and (left_s := deadline - time.monotonic()) > 0:
            select.select([], [self._socket], [], left_s)
            self.flush()

    def peer_gone(self) -> bool:
        """The supervisor has closed its end, or has died."""
        try:
            return not self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
