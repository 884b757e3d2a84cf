"""Whether we speak, and whether the echo canceller knows the room yet."""

from typing import Final

import numpy as np

from steadyvoice.workers.listening.decimator import Samples

_AUDIBLE: Final = 1e-7
"""Power of the far end, -70 dB, from which on it has an echo."""
_ECHO_HOPS: Final = 50
"""Of 10 ms: the room's echo, and the delay of a sound server."""
_LEARNING_HOPS: Final = 500
"""Of audible far end: until then more of the echo is left, and is taken for speech now and then."""
_ADAPTING_HOPS: Final = 250
"""The same where the room is known, but the echo has moved."""
_LOUD_HOPS: Final = 30
"""Since it moved, in which much of it may be left."""
_FIRST_HOPS: Final = 200
"""Of audible far end, until the canceller has learned most of a room that it has never heard."""
_UNHEARD_HOPS: Final = 50
"""Of audible far end without a sound at the microphone: there is no echo, as with headphones."""


class FarEnd:
    def __init__(self) -> None:
        self._silent_hops = _ECHO_HOPS
        """Since the last audible one."""
        self._audible_hops = 0
        self._unheard_hops = 0
        self._hops = _LOUD_HOPS
        """Since the echo moved."""

    def add(self, far: Samples, has_moved: bool = False, near_is_quiet: bool = False) -> None:
        """The next 10 ms.

        has_moved: the echo comes sooner or later than before. near_is_quiet: the microphone hears nothing.
        """
        self._hops += 1
        if has_moved:
            self._hops = 0
            self._audible_hops = min(self._audible_hops, _LEARNING_HOPS - _ADAPTING_HOPS)
        is_audible = bool(np.dot(far, far) >= _AUDIBLE * len(far))
        self._silent_hops = 0 if is_audible else self._silent_hops + 1
        self._audible_hops += is_audible
        self._unheard_hops = self._unheard_hops + is_audible if near_is_quiet else 0
        if self._unheard_hops >= _UNHEARD_HOPS:
            self._audible_hops = max(self._audible_hops, _LEARNING_HOPS)

    @property
    def has_echo(self) -> bool:
        """Something is played, or was played in the last half second."""
        return self._silent_hops < _ECHO_HOPS

    @property
    def echo_is_known(self) -> bool:
        """The canceller has had 5 s of it, and 2.5 s since it moved; or there is none."""
        return self._audible_hops >= _LEARNING_HOPS

    @property
    def may_be_loud(self) -> bool:
        """The echo has just moved, or is new: it is left as it is for a moment."""
        return self.has_echo and (self._hops < _LOUD_HOPS or self._audible_hops < _FIRST_HOPS)
