"""Pronunciations of words that a user, a machine or a request gives: their files, and where they apply in a text."""
