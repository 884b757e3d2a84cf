"""Steadyvoice for Python programs: ``Client`` and what it raises and returns."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steadyvoice.client.client import Client
    from steadyvoice.client.connection import DaemonUnreachable
    from steadyvoice.client.utterance import Stream, Utterance, UtteranceFailed
    from steadyvoice.ipc.errors import Refused as RequestRefused
    from steadyvoice.ipc.errors import SteadyvoiceError
else:
    _HOMES = {
        "Client": ("client.client", "Client"),
        "DaemonUnreachable": ("client.connection", "DaemonUnreachable"),
        "RequestRefused": ("ipc.errors", "Refused"),
        "SteadyvoiceError": ("ipc.errors", "SteadyvoiceError"),
        "Stream": ("client.utterance", "Stream"),
        "Utterance": ("client.utterance", "Utterance"),
        "UtteranceFailed": ("client.utterance", "UtteranceFailed"),
    }

    def __getattr__(name: str) -> object:
        """Each when it is asked for: ``svctl``, which lives in this package, speaks before they would be loaded."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home, inner = _HOMES[name]
        value = globals()[name] = getattr(import_module(f"steadyvoice.{home}"), inner)
        return value


__all__ = [
    "Client",
    "DaemonUnreachable",
    "RequestRefused",
    "SteadyvoiceError",
    "Stream",
    "Utterance",
    "UtteranceFailed",
]
