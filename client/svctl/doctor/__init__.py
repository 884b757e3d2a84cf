"""``svctl doctor``: checks of the machine and of the daemon."""
