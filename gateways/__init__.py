"""Protocols of other programs: each gateway is a process of its own and an ordinary client of the daemon."""
