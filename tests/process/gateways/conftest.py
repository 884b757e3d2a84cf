"""The HTTP gateway, before the daemon of a module."""

from collections.abc import Iterator

import pytest
from support.daemon import Daemon
from support.gateway import Gateway, running


@pytest.fixture(scope="module")
def gateway(daemon: Daemon) -> Iterator[Gateway]:
    with running("http", daemon, "--listen", "127.0.0.1:0") as gateway:
        yield gateway
