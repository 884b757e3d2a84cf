"""Steadyvoice: a local speech engine that never stutters. Rooms: ARCHITECTURE.md."""

__version__ = "0.1.0"
