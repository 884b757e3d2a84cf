"""``svctl bench``: the project's benchmarks, each with a reference measured in the same run."""
