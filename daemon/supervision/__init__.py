"""Stage processes: start, hang detection, replacement, and what a process is started without after it died of it."""
