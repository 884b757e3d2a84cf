"""Voices and converters that are added to a machine: checked, registered whole or not at all, made, fetched, removed.

A process of its own, started by ``svctl``: what checks a model's files imports torch, which no client does.
"""
