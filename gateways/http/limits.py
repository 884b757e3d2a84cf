"""How many connections and requests the gateway takes at a time."""

from collections import Counter
from typing import Final, Generic, Protocol, TypeVar

PEER_REQUESTS: Final = 8
REQUEST_S: Final = 10.0
"""Seconds in which a request must have arrived."""
WRITE_S: Final = 60.0
"""Seconds after which a client that takes no byte of its answer is disconnected."""
SOCKET_IDLE_S: Final = 180.0
"""Seconds after which a WebSocket without a message is closed."""
BODY_BYTES: Final = 1 << 20
SEND_BUFFER: Final = 1 << 16
"""Bytes of the kernel's send buffer of a connection: speech beyond it is not generated for a client that reads none."""


class Closable(Protocol):
    def force_close(self) -> None: ...


C = TypeVar("C", bound=Closable)


class Connections(Generic[C]):
    """The open connections. One without a request gives way to a new one, the oldest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: dict[C, None] = {}
        self._active: set[C] = set()

    def admit(self) -> bool:
        """Whether there is room for one more; if not, an idle one is closed for it."""
        if len(self._idle) + len(self._active) < self._most:
            return True
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        del self._idle[oldest]
        oldest.force_close()
        return True

    def opened(self, connection: C) -> None:
        self._idle[connection] = None

    def is_idle(self, connection: C) -> bool:
        return connection in self._idle

    def closed(self, connection: C) -> None:
        self._idle.pop(connection, None)
        self._active.discard(connection)

    def began(self, connection: C) -> None:
        """A request has arrived."""
        if self._idle.pop(connection, True) is None:
            self._active.add(connection)

    def ended(self, connection: C) -> None:
        """Its answer was sent."""
        if connection in self._active:
            self._active.discard(connection)
            self._idle[connection] = None


class Peers:
    """The requests that are being answered, by peer.

    All programs of this machine share its address, so only other machines are limited one by one.
    """

    def __init__(self, most: int = PEER_REQUESTS) -> None:
        self._most = most
        self._active: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Count a request; False if the peer has as many as it may have. peer: an address, empty for this machine."""
        if peer and self._active[peer] >= self._most:
            return False
        self._active[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        self._active[peer] -= 1
        if not self._active[peer]:
            del self._active[peer]
