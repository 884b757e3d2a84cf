"""Utterances: queue, lanes, marks, events, recovery, end."""
