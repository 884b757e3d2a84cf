"""A session bus of the tests' own."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def session_bus(env: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """The environment in which programs find the bus. The bus ends with the block. env: of what the bus starts."""
    process = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        with process.stdout:
            yield {"DBUS_SESSION_BUS_ADDRESS": process.stdout.readline().strip()}
    finally:
        process.terminate()
        process.wait(10)
