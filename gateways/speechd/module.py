"""Decides what the server is answered and what svd is asked. Never waits."""

import time
from typing import Final

import msgspec

from steadyvoice import __version__
from steadyvoice.gateways.speechd import protocol
from steadyvoice.gateways.speechd.daemon import Daemon, Interest
from steadyvoice.gateways.speechd.listing import Listing
from steadyvoice.gateways.speechd.log import DebugFile, log
from steadyvoice.gateways.speechd.protocol import Closed, Line, Opened
from steadyvoice.gateways.speechd.settings import Settings
from steadyvoice.gateways.speechd.speech import Speech, content
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import RequestRefused, SteadyvoiceError, describe
from steadyvoice.ipc.gateway_settings import Speechd

ANSWER_S: Final = 75.0
"""An svd that does not accept a message for so long is given up; it may be loading a model for a minute."""
_FAILURES: Final = 3
"""After so many messages for which svd could not be started the module ends, so that the server uses another one."""


class Module:
    """State of the module. More than 12 methods: each command, and each thing that may befall a message, has one."""

    def __init__(self, daemon: Daemon, configuration: Speechd) -> None:
        self.output = bytearray()
        """What the server has not read yet."""
        self.exit_status: int | None = None
        """Set when the module is to end: 0 after QUIT, 1 if svd cannot be started."""
        self._daemon, self._configuration = daemon, configuration
        self._reader = protocol.Reader()
        self._settings = Settings()
        self._server_plays = False
        self._speech: Speech | None = None
        self._listing: Listing | None = None
        self._failures = 0
        self._debug = DebugFile()

    def receive(self, data: bytes) -> None:
        """Take what the server has sent."""
        self._reader.feed(data)
        self._process()

    @property
    def interest(self) -> Interest:
        """Descriptors to poll. None while a command is incomplete: no event may come between it and its reply."""
        if self._reader.in_data:
            return {}
        further = self._speech.interest(len(self.output)) if self._speech is not None else {}
        return self._daemon.interest | further

    def timeout_s(self, now: float) -> float | None:
        """Seconds until ``step`` must be called though no descriptor is ready; None: never."""
        if self._reader.in_data:
            return None
        times = [each.wake_at for each in (self._listing, self._speech) if each is not None]
        return min((max(0.0, time - now) for time in times if time is not None), default=None)

    def step(self, now: float) -> None:
        """Take what svd has sent, and what is due."""
        if self._reader.in_data:
            return
        self._daemon.step()
        if self._listing is not None and (reply := self._listing.reply(self._daemon, now)):
            self._listing = None
            self._say(reply)
        if self._listing is None:
            if self._speech is not None:
                self._follow(self._speech, now)
            self._process()

    def _say(self, text: str) -> None:
        self._send(text.encode() + b"\n")

    def _send(self, events: bytes) -> None:
        if events:
            self._debug.write(f"< {events[:500].decode('utf-8', 'replace')}")
            self.output += events

    def _process(self) -> None:
        """Carry out commands. They wait while a reply to LIST VOICES is due."""
        while self._listing is None and self.exit_status is None and (command := self._reader.next()) is not None:
            self._debug.write(f"> {command}")
            match command:
                case Opened(name):
                    if name in protocol.SPEAKING:
                        self._stop(protocol.STOP)  # never sent before the end; but each message has its own end
                    self._say(protocol.RECEIVING[name])
                case Closed():
                    self._complete(command)
                case Line(words):
                    self._carry_out(words)

    def _carry_out(self, words: list[str]) -> None:
        match words:
            case ["STOP"]:
                self._stop(protocol.STOP)
            case ["PAUSE"]:
                self._pause()
            case ["INIT"]:
                self._daemon.want()
                self._say(f"299-Steadyvoice {__version__}\n299 OK LOADED SUCCESSFULLY")
            case ["LIST", "VOICES", *chosen]:
                self._daemon.want()
                self._listing = Listing(chosen, time.monotonic(), is_first=self._daemon.voices is None)
            case ["DEBUG", "ON", name]:
                opened = self._debug.open(name)
                self._say("200 OK DEBUGGING ON" if opened else "303 CANT OPEN CUSTOM DEBUG FILE")
            case ["DEBUG", "OFF"]:
                self._debug.close()
                self._say("200 OK DEBUGGING OFF")
            case ["QUIT"]:
                self._stop(protocol.STOP)
                self._say("210 OK QUIT")
                self.exit_status = 0
            case ["DEBUG" | "LIST", *_]:
                self._say(protocol.BAD_SYNTAX)
            case _:
                self._say("300 ERR UNKNOWN COMMAND")

    def _complete(self, command: Closed) -> None:
        match command.command:
            case "SET":
                changed = self._settings.changed(command.lines)
                self._settings = changed or self._settings
                self._say("203 OK SETTINGS RECEIVED" if changed else protocol.BAD_SYNTAX)
            case "AUDIO":
                offered = "audio_output_method=server" in command.lines
                self._server_plays = offered and self._configuration.audio == "server"
                refused = offered and not self._server_plays  # the server then offers other methods
                self._say(
                    "300-Steadyvoice plays by itself\n300 MODULE ERROR" if refused else "203 OK AUDIO INITIALIZED"
                )
            case "LOGLEVEL":
                self._say("203 OK LOGLEVEL SET")
            case _:
                self._speak(command)

    def _speak(self, command: Closed) -> None:
        if command.too_long or not "".join(command.lines):
            self._say(protocol.CANT_SPEAK)
        elif command.command != "SPEAK" and len(command.lines) > 1:
            self._say(protocol.ONE_LINE)
        else:
            self._say("200 OK SPEAKING")
            fields = self._settings.options() | content(command.command, "\n".join(command.lines))
            voice = self._settings.chosen_voice(self._daemon.voices or [], self._configuration.voices)
            self._speech = self._new_speech(requests.Speak(voice=voice, **fields))
            self._daemon.want()
            self._submit(self._speech)

    def _new_speech(self, request: requests.Speak) -> Speech:
        deadline = time.monotonic() + ANSWER_S
        if not self._server_plays:
            return Speech(request, deadline)
        from steadyvoice.gateways.speechd.server_audio import ServerSpeech  # its imports are not needed otherwise

        return ServerSpeech(msgspec.structs.replace(request, sink="pcm", format="s16"), deadline)

    def _submit(self, speech: Speech) -> None:
        if self._daemon.speaking is not None:
            try:
                speech.submit(self._daemon.speaking)
            except SteadyvoiceError as error:
                self._fail(speech, describe(error))

    def _pause(self) -> None:
        if self._speech is not None and not self._speech.pauses_at_once:
            self._speech.pausing = True
        else:
            self._stop(protocol.PAUSE)

    def _stop(self, event: bytes) -> None:
        """End the message at once; svd fades it out meanwhile."""
        if self._speech is not None:
            self._send(self._speech.begin() + event)
            if number := self._speech.abandon():
                self._daemon.cancel(number)
            self._speech = None

    def _follow(self, speech: Speech, now: float) -> None:
        """Send the events of the message that are due, or find out why there are none."""
        self._send(speech.events(now, len(self.output)))
        if event := speech.end:
            if speech.finished is not None and speech.finished.code not in (None, "text_empty"):
                log(speech.finished.message)
            self._failures = 0
            self._stop(event)
        elif isinstance(speech.refusal, RequestRefused):
            self._on_refusal(speech, speech.refusal)
        elif speech.connection is None or speech.connection is not self._daemon.speaking:
            self._reconnect(speech, now)
        elif speech.utterance is None and now > speech.deadline:
            self._daemon.close()
            self._fail(speech, f"svd has not answered in {ANSWER_S:g} s; see svctl doctor")

    def _reconnect(self, speech: Speech, now: float) -> None:
        """svd is not there, or not any more: a message of which nothing was heard is sent once more."""
        if speech.connection is not None:
            if speech.begun or speech.repeated:
                self._fail(speech, "svd has gone away while it was speaking")
                return
            speech.connection, speech.repeated = None, True
        if self._daemon.failure:
            self._failures += 1
            self._fail(speech, self._daemon.failure)
            if self._failures >= _FAILURES:
                self.exit_status = 1
            return
        self._daemon.want()
        self._submit(speech)

    def _on_refusal(self, speech: Speech, refusal: RequestRefused) -> None:
        """A voice that is gone is replaced by the default one; what cannot be said ends at once."""
        if refusal.code in ("unknown_voice", "voice_not_installed") and not speech.repeated:
            speech.request, speech.repeated = msgspec.structs.replace(speech.request, voice=""), True
            self._submit(speech)
        else:
            self._fail(speech, "" if refusal.code == "text_empty" else describe(refusal))

    def _fail(self, speech: Speech, why: str) -> None:
        """End a message that cannot be said. why: for the log, empty: nothing is wrong."""
        if why:
            log(why)
        speech.abandon()
        self._send(speech.begin() + protocol.END)
        self._speech = None
