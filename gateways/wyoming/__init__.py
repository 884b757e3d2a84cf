"""Wyoming, for Home Assistant."""
