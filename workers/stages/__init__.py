"""The stages: one module is one process."""
