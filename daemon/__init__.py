"""The control plane: decides, schedules, supervises; never touches a sample."""
