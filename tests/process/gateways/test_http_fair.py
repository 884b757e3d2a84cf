"""Clients of the HTTP gateway share the daemon's streams by their keys: many requests of one delay no other. A load
balancer sees that there is none left.
"""

from contextlib import ExitStack
from itertools import islice

from support.daemon import Daemon, eventually
from support.gateway import Gateway
from support.http import Http
from support.svctl import LIGHT

from steadyvoice.ipc.messages import Started

CONFIGURATION = f"{LIGHT}[limits]\nstreams = 2\n"
LONG = "0/0/5 " * 3_000
SPEECH = "/v1/audio/speech"


def test_a_person_with_one_request_does_not_wait_for_all_of_another(daemon: Daemon, gateway: Gateway) -> None:
    """Ann has both streams and asks for two more; then Bob asks. The next free stream is his."""
    with ExitStack() as stack:
        events = stack.enter_context(stack.enter_context(daemon.client()).subscribe())

        def ask(key: str, text: str) -> Http:
            http = stack.enter_context(Http(gateway.port, receive_bytes=4096))
            http.request("POST", SPEECH, {"input": text, "response_format": "pcm"}, Authorization=f"Bearer {key}")
            return http

        def counts(active: int, queued: int) -> bool:
            now = daemon.status()["utterances"]
            return (now["active"], now["queued"]) == (active, queued)

        stalled = [ask("ann", LONG), ask("ann", LONG)]
        eventually(lambda: counts(2, 0))
        later = [ask("ann", "0/0/5"), ask("ann", "0/0/5")]
        eventually(lambda: counts(2, 2))
        later.append(ask("bob", "0/0/5"))
        eventually(lambda: counts(2, 3))
        stalled[0].close()
        assert all(http.answer().complete for http in later)
        started = list(islice((event.id for event in events if isinstance(event, Started)), 5))
        assert started[2] == max(started)  # ids are given in the order of the requests


def test_a_load_balancer_is_told_when_no_stream_is_free(daemon: Daemon, gateway: Gateway) -> None:
    with ExitStack() as stack:

        def health() -> tuple[int, str]:
            with Http(gateway.port) as http:
                answer = http.ask("GET", "/health")
                return answer.status, "" if answer.status == 200 else answer.code

        assert health() == (200, "")
        client = stack.enter_context(daemon.client())
        for _ in range(2):
            stack.callback(client.stream(LONG).close)
        eventually(lambda: health() == (503, "full"))
    eventually(lambda: health() == (200, ""))
