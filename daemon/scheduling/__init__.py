"""Scheduling of utterances: queue, lanes, playback, marks, events, recovery."""
