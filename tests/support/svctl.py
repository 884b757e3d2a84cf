"""What the tests of ``svctl`` share."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.daemon import BIN, Daemon, eventually, idle

SVCTL = BIN / "svctl"
TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill. "
    "Then she laughed, for the first time in weeks."
)


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def silent(daemon: Daemon) -> Iterator[None]:
    """Nothing is said or waits when the test is over."""
    yield
    eventually(lambda: idle(daemon.status()))
