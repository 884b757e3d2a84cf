"""What the daemon measures of itself, for Prometheus and ``svctl``: collected when it is asked for."""
