"""A session bus of the tests' own, and a playerctl on it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def session_bus() -> Iterator[dict[str, str]]:
    """The environment in which programs find the bus. The bus ends with the block."""
    process = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        with process.stdout:
            yield {"DBUS_SESSION_BUS_ADDRESS": process.stdout.readline().strip()}
    finally:
        process.terminate()
        process.wait(10)
