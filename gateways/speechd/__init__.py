"""The module of speech-dispatcher."""
