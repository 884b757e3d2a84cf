"""A stage's end of a ring that it reads."""

import os

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.ring import Consumer
from steadyvoice.ipc.stage_start import Link

Floats = NDArray[np.float32]


class Input:
    """A ring that the stage reads."""

    def __init__(self, link: Link) -> None:
        """The caller keeps the link's descriptors."""
        self.stage = link.stage
        """Number of the stage that writes it."""
        self.device_lane = link.device_lane
        is_text, fd = link.stage is None, link.notifier
        self.ring = Consumer(link.ring, EventNotifier(os.dup(fd)) if is_text else SemaphoreNotifier(fd))
        self.floats: list[Floats] = [np.frombuffer(slot.payload, np.float32) for slot in self.ring.slots]
        """The payload of each slot."""
