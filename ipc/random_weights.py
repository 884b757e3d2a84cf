"""Models of which ``svctl voices random`` makes a voice of random weights; workers/store/random_voices.py makes it."""

from typing import Final

RANDOM_VOICES: Final = {
    "soprano": "soprano",
    "chatterbox-nano": "chatterbox",
    "chatterbox-turbo": "chatterbox",
    "chatterbox": "chatterbox",
    "cosyvoice2": "cosyvoice",
    "xtts": "xtts",
}
"""The engine of each model."""
