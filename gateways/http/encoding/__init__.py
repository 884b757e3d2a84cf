"""Formats of audio in a response, and the process that encodes them."""
