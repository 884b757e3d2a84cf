"""Text to phonemes, for engines that take phonemes in IPA as espeak-ng writes it."""
