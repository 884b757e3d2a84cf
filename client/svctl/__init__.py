"""The program ``svctl``: command line, terminal output, sound files, diagnosis of the daemon, benchmarks."""
