"""Live sessions one after the other: each ends as it began, and nothing of it is left."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import eventually
from support.live_daemon import LiveDaemon, live_daemon

from steadyvoice.client import Client
from steadyvoice.client.svctl.bench.soak.leaks import resources_of

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[LiveDaemon]:
    with live_daemon(tmp_path_factory.mktemp("user"), cache) as daemon:
        yield daemon


@pytest.fixture
def client(live: LiveDaemon) -> Iterator[Client]:
    with live.daemon.client() as client:
        yield client
    eventually(lambda: not live.daemon.status()["live"])


def held(live: LiveDaemon) -> Counter[str]:
    """By the daemon and its stages; not memory, which an allocator keeps."""
    processes = [live.daemon.process.pid, *(stage["pid"] for stage in live.daemon.status()["stages"])]
    found = sum(map(resources_of, processes), Counter[str]())
    del found["rss"]
    return found


@pytest.mark.timeout(120)
def test_many_sessions_leave_nothing(live: LiveDaemon, client: Client) -> None:
    eventually(lambda: live.daemon.status()["ready"])
    before = held(live)
    for number in range(8):
        if number % 2:
            client.live("tone", "gain:db=-6").cancel()
        else:
            with client.live_stream("tone", inline=number % 4 == 0) as stream:
                next(iter(stream))
    eventually(lambda: not held(live) - before)
