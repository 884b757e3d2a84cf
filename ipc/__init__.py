"""Contracts between processes: rings, notifiers, shared state, messages. Imports no other package of ours."""
