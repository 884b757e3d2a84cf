"""Steadyvoice: a local speech engine that never stutters. Packages: ARCHITECTURE.md."""

__version__ = "0.1.0"
