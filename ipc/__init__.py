"""Contracts between processes: rings, bells, the board, messages. Imports no other room."""
