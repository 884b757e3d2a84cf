"""Steadyvoice for Python programs: ``Client`` and ``AsyncClient``, what they raise and what they return."""

TYPE_CHECKING = False  # ``import typing`` would delay every svctl command
if TYPE_CHECKING:
    from steadyvoice.client.async_client import AsyncClient
    from steadyvoice.client.async_resuming import AsyncResumingStream
    from steadyvoice.client.async_utterance import AsyncStream, AsyncSubscription, AsyncUtterance
    from steadyvoice.client.client import Client
    from steadyvoice.client.errors import ClientClosed, DaemonUnreachable, RequestRefused, UtteranceFailed
    from steadyvoice.client.resuming import ResumingStream
    from steadyvoice.client.resuming_http import ResumingHttpStream
    from steadyvoice.client.utterance import Stream, Subscription, Utterance
    from steadyvoice.ipc.daemon_status import DaemonStatus
    from steadyvoice.ipc.errors import SteadyvoiceError
    from steadyvoice.ipc.messages import ConverterInfo, Finished, Heard, Mark, Paused, Queued, Started, VoiceInfo

_MODULES = {
    "client.async_client": ("AsyncClient",),
    "client.async_resuming": ("AsyncResumingStream",),
    "client.async_utterance": ("AsyncStream", "AsyncSubscription", "AsyncUtterance"),
    "client.client": ("Client",),
    "client.errors": ("ClientClosed", "DaemonUnreachable", "RequestRefused", "UtteranceFailed"),
    "client.resuming": ("ResumingStream",),
    "client.resuming_http": ("ResumingHttpStream",),
    "client.utterance": ("Stream", "Subscription", "Utterance"),
    "ipc.daemon_status": ("DaemonStatus",),
    "ipc.errors": ("SteadyvoiceError",),
    "ipc.messages": ("ConverterInfo", "Finished", "Heard", "Mark", "Paused", "Queued", "Started", "VoiceInfo"),
}

__all__ = [
    "AsyncClient",
    "AsyncResumingStream",
    "AsyncStream",
    "AsyncSubscription",
    "AsyncUtterance",
    "Client",
    "ClientClosed",
    "ConverterInfo",
    "DaemonStatus",
    "DaemonUnreachable",
    "Finished",
    "Heard",
    "Mark",
    "Paused",
    "Queued",
    "RequestRefused",
    "ResumingHttpStream",
    "ResumingStream",
    "Started",
    "SteadyvoiceError",
    "Stream",
    "Subscription",
    "Utterance",
    "UtteranceFailed",
    "VoiceInfo",
]


def __getattr__(name: str) -> object:
    """Import a public name on first access: ``svctl`` lives in this package and must not wait for the imports."""
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            globals()[name] = getattr(import_module(f"steadyvoice.{module}"), name)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
