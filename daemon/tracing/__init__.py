"""What is known afterwards of utterances: their times, kept in memory, in files and sent to a collector."""
