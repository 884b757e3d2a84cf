"""Speech written to a file: formats, encoders, names, no silent overwrite."""
