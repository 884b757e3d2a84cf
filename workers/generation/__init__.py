"""The generator stage: text to segments, flow control, word times."""
