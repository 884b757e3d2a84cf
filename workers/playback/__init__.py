"""The output stage: sound devices, fades, what was not played yet, underruns."""
