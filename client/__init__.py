"""Steadyvoice for Python programs: ``Client`` and ``AsyncClient``, what they raise and what they return."""

from typing import TYPE_CHECKING, Any

from steadyvoice.client.client import Client
from steadyvoice.client.errors import ClientClosed, DaemonUnreachable, RequestRefused, UtteranceFailed
from steadyvoice.client.utterance import Stream, Subscription, Utterance
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.messages import ConverterInfo, Finished, Heard, Mark, Paused, Queued, Started, VoiceInfo

if TYPE_CHECKING:
    from steadyvoice.client.async_client import AsyncClient
    from steadyvoice.client.async_utterance import AsyncStream, AsyncSubscription, AsyncUtterance

__all__ = [
    "AsyncClient",
    "AsyncStream",
    "AsyncSubscription",
    "AsyncUtterance",
    "Client",
    "ClientClosed",
    "ConverterInfo",
    "DaemonUnreachable",
    "Finished",
    "Heard",
    "Mark",
    "Paused",
    "Queued",
    "RequestRefused",
    "Started",
    "SteadyvoiceError",
    "Stream",
    "Subscription",
    "Utterance",
    "UtteranceFailed",
    "VoiceInfo",
]


def __getattr__(name: str) -> Any:
    """asyncio is loaded when it is asked for: ``svctl`` starts without it."""
    if name == "AsyncClient":
        from steadyvoice.client import async_client

        return async_client.AsyncClient
    if name in ("AsyncStream", "AsyncSubscription", "AsyncUtterance"):
        from steadyvoice.client import async_utterance

        return getattr(async_utterance, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
