"""The ring compared with a deque, with all ends in one process; see support/ring_model.py."""

from hypothesis import settings
from support.matrix import examples
from support.ring_model import RingModel

RingModel.TestCase.settings = settings(max_examples=examples(200), stateful_step_count=50, deadline=None)
test_ring_model = RingModel.TestCase
