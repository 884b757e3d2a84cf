"""The data plane: one process a stage, forked for the daemon by forkserver.py."""
