"""Spiel over D-Bus."""
