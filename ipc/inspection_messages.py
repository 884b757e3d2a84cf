"""Replies of the daemon about one stage that is looked into. docs/protocol.md has examples."""

from steadyvoice.ipc.message import Message


class Held(Message, frozen=True):
    """Reply to hold."""

    ref: int
    stage: str
    pid: int
    seconds: float
    """Until the hold ends; 0: it has ended."""


class Profiled(Message, frozen=True):
    """Reply to profile. One descriptor comes with it, of a file with the trace in Chrome's JSON format."""

    ref: int
    stage: str
    blocks: int
    """That were recorded."""
    bytes: int
    """Size of the trace."""
