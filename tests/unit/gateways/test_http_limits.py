"""How many connections and requests the HTTP gateway takes."""

from steadyvoice.gateways.http.limits import Connections, Peers


class Line:
    closed = False

    def force_close(self) -> None:
        self.closed = True


def test_the_oldest_connection_without_a_request_gives_way() -> None:
    connections: Connections[Line] = Connections(3)
    first, second, third = lines = [Line(), Line(), Line()]
    for line in lines:
        assert connections.admit()
        connections.opened(line)
    connections.began(first)
    assert connections.admit()
    assert [line.closed for line in lines] == [False, True, False]
    connections.closed(second)  # its transport reports it later
    fourth = Line()
    connections.opened(fourth)
    connections.ended(first)  # now the youngest without a request
    connections.began(fourth)
    assert connections.admit()
    assert (first.closed, third.closed) == (False, True)


def test_there_is_no_room_where_all_connections_have_requests() -> None:
    connections: Connections[Line] = Connections(2)
    lines = [Line(), Line()]
    for line in lines:
        connections.opened(line)
        connections.began(line)
    assert not connections.admit()
    connections.closed(lines[0])
    assert connections.admit()
    assert not lines[1].closed


def test_a_connection_that_was_closed_takes_no_room_again() -> None:
    connections: Connections[Line] = Connections(1)
    line = Line()
    connections.opened(line)
    connections.closed(line)
    connections.began(line)
    connections.ended(line)
    assert not connections.is_idle(line)
    assert connections.admit()


def test_each_other_machine_has_so_many_requests_and_this_one_is_not_limited() -> None:
    peers = Peers(2)
    assert [peers.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert peers.enter("192.0.2.2")
    assert all(peers.enter("") for _ in range(32))
    peers.leave("192.0.2.1")
    assert peers.enter("192.0.2.1")
    assert not peers.enter("192.0.2.1")
