"""The control plane: decides, schedules, supervises; processes no audio."""
