"""MPRIS over D-Bus."""
