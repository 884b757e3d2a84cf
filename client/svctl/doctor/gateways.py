"""Whether the gateways run, and whether another program has their addresses."""

import socket
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl.doctor.check import Check
from steadyvoice.ipc import config_file
from steadyvoice.ipc.addresses import Address, BadAddress, parse
from steadyvoice.ipc.config_file import ConfigError
from steadyvoice.ipc.gateway_settings import ConfigurationFile

_ANSWER_S: Final = 1.0
_ANSWER_BYTES: Final = 1 << 16
_PACKAGES: Final = {"http": "aiohttp", "wyoming": "wyoming"}
_PROBES: Final = {
    "http": b"GET /v1/ HTTP/1.0\r\nHost: localhost\r\n\r\n",
    "wyoming": b'{"type":"describe"}\n',
}
_SIGN: Final = b"steadyvoice"
"""In the answer of each gateway, in any case."""


def examine(configuration: str) -> list[Check]:
    """One check of all gateways, and one for each address that another program has.

    configuration: file of the running daemon; empty: the user's. Nothing where it is invalid: another check says so.
    """
    try:
        settings = config_file.load(Path(configuration) if configuration else None, ConfigurationFile).gateways
        addresses = {
            "http": [parse(each) for each in settings.http.listen],
            "wyoming": [parse(each) for each in settings.wyoming.listen],
        }
    except (ConfigError, BadAddress):
        return []
    states = {name: _state(name, listens) for name, listens in addresses.items()}
    return [
        Check("gateways", True, "; ".join(f"{name} {state.detail}" for name, state in states.items())),
        *(state for state in states.values() if state.fix),
    ]


def _state(name: str, addresses: Iterable[Address]) -> Check:
    for address in addresses:
        answer = _answer(address, _PROBES[name])
        if answer is None:
            continue
        if _SIGN in answer.lower():
            return Check(f"gateway {name}", True, f"serves at {address}")
        fix = f"name another address: [gateways.{name}] listen = [...], or svgate {name} --listen ADDRESS"
        return Check(f"gateway {name}", True, f"another program listens at {address}", fix)
    missing = _PACKAGES[name] if find_spec(_PACKAGES[name]) is None else ""
    return Check(f"gateway {name}", True, f"is not installed ({missing} is missing)" if missing else "is not running")


def _answer(address: Address, request: bytes) -> bytes | None:
    """What a program at the address says; None if there is none."""
    for target in [address.path] if address.path else [(host, address.port) for host in address.hosts]:
        family = socket.AF_UNIX if address.path else socket.AF_INET6 if ":" in target[0] else socket.AF_INET
        with socket.socket(family) as sock:
            sock.settimeout(_ANSWER_S)
            try:
                sock.connect(target)
            except OSError:
                continue
            return _exchange(sock, request)
    return None


def _exchange(sock: socket.socket, request: bytes) -> bytes:
    answer = b""
    try:
        sock.sendall(request)
        while _SIGN not in answer.lower() and len(answer) < _ANSWER_BYTES and (data := sock.recv(_ANSWER_BYTES)):
            answer += data
    except OSError:
        pass  # what came until then decides
    return answer
