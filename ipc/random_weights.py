"""Models of which ``svctl voices random`` makes a voice of random weights; workers/store/random_voices.py makes it."""

from typing import Final

RANDOM_VOICES: Final = {"soprano": "soprano"}
"""The engine of each model."""
