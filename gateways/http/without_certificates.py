"""Imports aiohttp, whose client would read all certificates of the machine: 1.2 MB and 80 ms that a server saves."""

import os

_NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_before = {name: os.environ.get(name) for name in _NAMES}
os.environ.update(dict.fromkeys(_NAMES, os.devnull))
try:
    import aiohttp as aiohttp
finally:
    for _name, _value in _before.items():
        del os.environ[_name]
        if _value is not None:
            os.environ[_name] = _value
