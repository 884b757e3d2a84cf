"""Baselines of the benchmarks: the same work without this project."""
