"""Benchmark results that are kept: saved, compared, checked against targets, and drawn."""
