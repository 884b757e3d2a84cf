"""Makes speech or live sound softer while both are played, and speech while somebody speaks to the machine."""

from collections.abc import Callable

from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc.messages import Event, Finished, Queued, Started


class Ducking:
    """A subscriber to the events of all utterances (scheduling.utterance.Listener)."""

    def __init__(self, supervisor: Supervisor, has_live_sound: Callable[[], bool]) -> None:
        self._supervisor, self._has_live_sound = supervisor, has_live_sound
        self._for_device: set[int] = set()
        """Utterances that were queued for the sound device."""
        self._playing: set[int] = set()
        self.speech_gain = 1.0
        """Asked for by listening."""

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        match event:
            case Queued(sink="device"):
                self._for_device.add(event.id)
            case Started() if event.id in self._for_device:
                self._playing.add(event.id)
                self.apply()
            case Finished():
                self._for_device.discard(event.id)
                self._playing.discard(event.id)
                self.apply()

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        return False

    def apply(self) -> None:
        """Publish the gains that apply now."""
        pipeline, wanted = self._supervisor.pipeline, self._supervisor.config.live
        if pipeline is None:
            return
        gain = 10 ** (-wanted.duck_db / 20)
        speech = gain if wanted.duck == "speech" and self._has_live_sound() else 1.0
        live = gain if wanted.duck == "live" and self._playing else 1.0
        pipeline.shared.set_gains(speech * self.speech_gain, live)
