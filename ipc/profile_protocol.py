"""Messages about torch.profiler between the supervisor and a stage; see stage_protocol.py."""

import msgspec


class ProfileBlocks(msgspec.Struct, frozen=True, tag=True):
    """To a stage, with the descriptor of an empty file: record its next blocks. Answered by BlocksProfiled."""

    number: int
    """Of the request."""
    blocks: int
    seconds: float
    """The record ends after this time, also with fewer blocks."""


class BlocksProfiled(msgspec.Struct, frozen=True, tag=True):
    """From a stage: the file has the record, a trace in Chrome's JSON format."""

    number: int
    blocks: int = 0
    """That were recorded."""
    bytes: int = 0
    """Size of the trace."""
    problem: str = ""
    """Why there is no record, as one line."""
