"""The program ``svctl``: command line, terminal, files, help for a daemon that does not answer, benchmarks."""
