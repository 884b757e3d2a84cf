"""The data plane: one process a stage. Started by the daemon as ``python -m steadyvoice.workers STAGE FD``."""
