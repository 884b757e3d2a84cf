"""OpenAI's and Piper's HTTP, and WebSocket protocols of voice agents."""

import os

# aiohttp's client, which its server imports, reads all certificates of the machine: 1.2 MB and 80 ms for nothing.
os.environ["SSL_CERT_FILE"] = os.devnull
os.environ["SSL_CERT_DIR"] = os.devnull
