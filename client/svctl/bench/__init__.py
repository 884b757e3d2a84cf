"""``svctl bench``: the project's measurements, each beside its reference."""
