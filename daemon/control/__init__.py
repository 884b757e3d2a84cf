"""The control socket: bytes and requests, nothing of audio."""
