"""The store of voices and converters: check, add, fetch, create and remove, each atomically.

Runs as a child process of ``svctl``, because checking a model's files imports torch, which no client does.
"""
