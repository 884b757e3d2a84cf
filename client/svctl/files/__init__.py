"""Speech written to a file: formats, encoders, file names."""
