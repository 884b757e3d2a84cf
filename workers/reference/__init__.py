"""What the benchmarks compare with: the same work, done without this project."""
