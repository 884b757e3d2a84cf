"""The program espeak-ng in tests, and how far phonemes are from its own."""

import pytest

from steadyvoice.workers.phonemes import espeak

needs_espeak = pytest.mark.skipif(not espeak.is_installed(), reason="the program espeak-ng is not installed")
