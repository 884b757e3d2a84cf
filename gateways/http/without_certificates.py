"""Imports aiohttp without TLS: its client would read all certificates of the machine, 3 MB and 80 ms of a server."""

import ssl
import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
_modules["ssl"] = None  # aiohttp then does without it, as with a Python that has no TLS
try:
    import aiohttp.web as web
finally:
    _modules["ssl"] = ssl

__all__ = ["web"]
