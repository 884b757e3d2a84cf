"""``svctl trace``: what the stages did for an utterance, and when, as text, picture or file."""
