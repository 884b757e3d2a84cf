"""The listen stage: hears the user through the microphone while the machine speaks, and blocks no other stage."""

from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.workers.listening.listener import Listener
from steadyvoice.workers.runtime.context import Context


class Listen:
    def __init__(self, context: Context) -> None:
        """NotInstalled, BadModelFile: the voice activity detector cannot be loaded."""
        self._context = context
        self._listener = Listener(context.capture, context.playback, context.settings.listen)

    def warmup(self) -> Ready:
        self._listener.step()
        return Ready()

    def step(self) -> float:
        self._context.update_links()
        heard, sleep_s = self._listener.step()
        for each in heard:
            self._context.channel.send(each)
        return sleep_s


def make(context: Context) -> Listen:
    return Listen(context)
