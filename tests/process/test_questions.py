"""What docs/metrics.md answers to the questions of operators, where the answer is a property of the daemon."""

import pytest
from support.daemon import Daemon, eventually
from support.svctl import LIGHT

from steadyvoice.client import RequestRefused

CONFIGURATION = f"limits.streams = 2\nlimits.utterances = 4\n{LIGHT}"
TEXT = "0/0/10 " * 10


def series(daemon: Daemon) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Values by name and labels."""
    with daemon.client() as client:
        families = client.metrics()
    return {
        (family.name.removeprefix("steadyvoice_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def ended(daemon: Daemon, reason: str) -> float:
    return series(daemon)["utterances_total", (("reason", reason),)]


def test_a_client_that_leaves_is_no_error(daemon: Daemon) -> None:
    cancelled, failed = ended(daemon, "cancelled"), ended(daemon, "error")
    with daemon.client() as client:
        client.stream(TEXT)
    eventually(lambda: ended(daemon, "cancelled") == cancelled + 1)
    assert ended(daemon, "error") == failed


def test_a_full_queue_is_seen_and_the_daemon_is_ready(daemon: Daemon) -> None:
    """Nor are more streams active than are permitted, although they are requested at once."""
    refused = series(daemon)["refused_total", (("code", "too_many_utterances"),)]
    with daemon.client() as client:
        streams = [client.stream(TEXT) for _ in range(4)]
        with pytest.raises(RequestRefused):
            client.stream(TEXT)
        now = series(daemon)
        assert (now["utterances_active", ()], now["utterances_queued", ()], now["ready", ()]) == (2, 2, 1)
        assert now["refused_total", (("code", "too_many_utterances"),)] == refused + 1
        for stream in streams:
            stream.cancel()


def test_series_do_not_grow_with_clients_utterances_and_refusals(daemon: Daemon) -> None:
    before = set(series(daemon))
    for number in range(10):
        with daemon.client() as client:
            assert sum(map(len, client.stream(f"0/0/{number + 1}", user=f"user {number}"))) > 0
            with pytest.raises(RequestRefused):
                client.stream(TEXT, voice=f"voice {number}")
    grown = set(series(daemon)) - before
    assert {name for name, _ in grown} <= {"stage_memory_bytes"}  # which is looked at seldom
