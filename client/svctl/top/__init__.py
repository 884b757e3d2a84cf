"""``svctl top``: what the daemon does now. All but the terminal and the connection is pure."""
