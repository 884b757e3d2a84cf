"""OpenAI's and Piper's HTTP, and WebSocket protocols of voice agents."""

import os

# aiohttp's client, which its server imports, reads all certificates of the machine: 2.7 MB and 70 ms for nothing.
os.environ.setdefault("SSL_CERT_FILE", os.devnull)
os.environ.setdefault("SSL_CERT_DIR", os.devnull)
