"""Steadyvoice for Python programs: ``Client`` and what it raises and returns."""

from steadyvoice.client.client import Client
from steadyvoice.client.connection import DaemonUnreachable
from steadyvoice.client.utterance import Stream, Utterance, UtteranceFailed
from steadyvoice.ipc.errors import Refused as RequestRefused
from steadyvoice.ipc.errors import SteadyvoiceError

__all__ = [
    "Client",
    "DaemonUnreachable",
    "RequestRefused",
    "SteadyvoiceError",
    "Stream",
    "Utterance",
    "UtteranceFailed",
]
