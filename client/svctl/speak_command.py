"""Sends a text to the daemon as one utterance or several in sequence, and receives its samples and events."""

import binascii
import contextlib
import sys
import time
from typing import TYPE_CHECKING, Final, NoReturn

from steadyvoice.client.svctl import grammar
from steadyvoice.client.svctl.console import print_json
from steadyvoice.client.svctl.json_connection import Event, JsonConnection, refused
from steadyvoice.client.svctl.text_parts import Parts
from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from steadyvoice.client.svctl.files.output_file import Output
    from steadyvoice.client.svctl.progress import Progress
    from steadyvoice.client.svctl.text_source import TextSource

_CANCEL_S: Final = 5.0
_REASONS: Final = {
    "cancelled": "cancelled by another program",
    "skipped": "skipped by another program",
    "replaced": "pre-empted by another utterance",
}


class NotSpoken(SteadyvoiceError):
    """The text was accepted but not spoken to its end."""


class SpeakCommand:
    """One run of ``svctl speak``, from the first request to the end of the last utterance. For one thread.

    More than 12 methods: each handles one event or one request of the same dialogue.
    """

    def __init__(
        self,
        daemon: JsonConnection,
        wanted: grammar.SpeakOptions,
        parts: Parts,
        source: "TextSource | None",
        output: "Output | None",
        progress: "Progress | None",
    ) -> None:
        """source: where further text for ``parts`` comes from; None: ``parts`` has all of it."""
        self._daemon, self._wanted, self._parts = daemon, wanted, parts
        self._source, self._output, self._progress = source, output, progress
        self._text = ""
        """Text of the request that awaits its reply."""
        self._ref = 0
        """Number of the last ``speak`` request."""
        self._awaits_reply = False
        """Whether its reply is pending."""
        self._is_last_text = False
        """Whether the request or the open utterance has the last text of its part."""
        self._open = 0
        """Id of the utterance that accepts more text; 0: none."""
        self._unfinished: dict[int, bool] = {}
        """Unfinished utterances by id, and whether each has started."""
        self._sample_rate = 0
        self._fed_chars = 0
        """Characters read from the source."""
        self._heard_chars = 0
        """Characters heard of finished utterances."""
        self._interrupted_by: Event | None = None
        """``finished`` event of an utterance that did not reach its end; the rest of the text is dropped."""
        self._must_retry = False
        """The last request was refused for now: send it again when the earlier utterances have finished."""
        self._has_noted_parts = False
        self._unread_languages: set[str] = set()
        """Of which the user knows that they were left out."""

    def follow(self, asked: bool) -> None:
        """Send text, write samples and show events until all is finished. NotSpoken if the text did not reach its end.

        asked: the request has been sent, with all of the text.
        """
        if asked:
            self._text, self._is_last_text = self._parts.take()
            self._ref, self._awaits_reply = 1, True
        if self._progress:
            self._daemon.send("subscribe")  # the only way to learn of a pause
        try:
            while not self._is_done and self._interrupted_by is None:
                may_read = self._send_text()
                wait = self._progress.draw() if self._progress else None
                self._on_events(self._daemon.receive(wait, *([self._source.fd] if self._source and may_read else [])))
            if self._interrupted_by is not None:
                self._cancel()
                self._raise_not_spoken(self._interrupted_by)
        except (KeyboardInterrupt, BrokenPipeError):
            self._cancel()
            raise
        finally:
            if self._progress:
                self._progress.clear()

    @property
    def _is_done(self) -> bool:
        if not self._parts.is_over or self._awaits_reply or self._open or self._must_retry:
            return False
        return self._wanted.detach or not self._unfinished

    def _send_text(self) -> bool:
        """Send available text as far as the daemon should have it. Returns whether more may be read from the source."""
        if self._awaits_reply:
            return False
        if not self._open and not self._next_may_begin():
            return False
        if self._source is not None and not self._source.at_end and self._source.is_ready():
            self._read_source(self._source)
        if self._open:
            self._append()
        elif self._parts.may_begin or self._must_retry:
            self._begin()
        return self._source is not None and not self._source.at_end

    def _read_source(self, source: "TextSource") -> None:
        text = source.read()
        self._fed_chars += len(text)
        self._parts.feed(text)
        if source.at_end:
            self._parts.close()
            if self._progress:
                self._progress.total = self._fed_chars

    def _next_may_begin(self) -> bool:
        """Whether the next utterance may begin. On the sound device: when the previous ones have started, so that it is
        synthesised in advance. In a file, or with a priority that would pre-empt or drop one: when they have finished.
        """
        ahead = self._output is None and self._wanted.priority in ("message", "important") and not self._must_retry
        return all(self._unfinished.values()) if ahead else not self._unfinished

    def _begin(self) -> None:
        if not self._must_retry:
            self._text, self._is_last_text = self._parts.take()
        self._must_retry = False
        if self._wanted.detach and self._unfinished and not self._has_noted_parts:
            self._has_noted_parts = True
            print("svctl: long text: svctl keeps running until the daemon has all of it", file=sys.stderr)
        fields: dict[str, object] = {"text": self._text} if self._is_last_text else {"text": self._text, "open": True}
        self._ref = self._daemon.send("speak", **grammar.speak_fields(self._wanted), **fields)
        self._awaits_reply = True

    def _append(self) -> None:
        text, ends = self._parts.take()
        if text:
            self._daemon.send("append", id=self._open, text=text)
            if self._progress:
                self._progress.append(self._open, text)
        if ends:
            self._daemon.send("finish", id=self._open)
            self._open = 0

    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            if event["type"] == "error":
                if self._interrupted_by is not None:
                    continue  # a late refusal: the end of the utterance is more informative
                if event.get("retryable") and self._awaits_reply and event["ref"] == self._ref and self._unfinished:
                    self._awaits_reply, self._must_retry = False, True
                    continue
            refused(event)
            if event["type"] == "queued" and event.get("ref") == self._ref:
                self._on_queued(event)
            if self._progress:
                self._progress.on_event(event)
            if event.get("id") in self._unfinished:
                self._on_own_event(event)

    def _on_own_event(self, event: Event) -> None:
        if event["type"] == "audio":
            assert self._output is not None
            self._output.write(binascii.a2b_base64(event["data"]), self._sample_rate)
            return
        if self._wanted.as_json:
            print_json(event)
        if event["type"] == "loading" and not self._wanted.as_json:
            expected_s = event.get("expected_s")
            takes = f", which takes about {expected_s:.0f} s" if expected_s else ""
            print(f"svctl: loading {event['model']}{takes}", file=sys.stderr)
        if event["type"] == "started":
            self._unfinished[event["id"]], self._sample_rate = True, event["sample_rate"]
        elif event["type"] == "finished":
            self._on_finished(event)
            if event["reason"] != "done":
                self._interrupted_by = self._interrupted_by or event

    def _on_queued(self, event: Event) -> None:
        self._awaits_reply, self._unfinished[event["id"]] = False, False
        if not self._is_last_text:
            self._open = event["id"]
        if self._progress:
            self._progress.append(event["id"], self._text)
        if event.get("paused"):
            print("svctl: playback is paused; svctl resume continues", file=sys.stderr)

    def _on_finished(self, event: Event) -> None:
        del self._unfinished[event["id"]]
        self._heard_chars += event["heard_chars"]
        if event.get("ssml") and not self._wanted.as_json:
            print(f"svctl: {event['ssml']}", file=sys.stderr)
        if self._open == event["id"]:
            self._open = 0
        if unread := set(event.get("unread_languages", ())) - self._unread_languages:
            self._unread_languages |= unread
            from steadyvoice.ipc.language_names import name

            if self._progress:
                self._progress.clear()
            names = ", ".join(sorted(map(name, unread)))
            print(f"svctl: text in {names} was left out: the voice does not read it", file=sys.stderr)

    def _raise_not_spoken(self, event: Event) -> NoReturn:
        """Raise NotSpoken with the reason."""
        why = event.get("message") or _REASONS.get(event["reason"], "the text was not spoken to its end")
        kept = "; nothing was kept" if self._output is not None else ""
        far = f", after {self._heard_chars} characters" if self._heard_chars > grammar.LONG_CHARS else ""
        raise NotSpoken(f"{why}{far}{kept}")

    def _cancel(self) -> None:
        """Cancel the utterances and wait for how much of them was heard. Utterances without an id yet are cancelled by
        disconnecting.
        """
        deadline = time.monotonic() + _CANCEL_S
        with contextlib.suppress(SteadyvoiceError, OSError, ValueError):  # Ctrl-C may have interrupted an event
            if self._unfinished:
                self._daemon.send("cancel")  # without ids: an id that has just finished would be refused
            while self._unfinished and (left := deadline - time.monotonic()) > 0:
                for event in self._daemon.receive(left):
                    if event["type"] == "finished" and event["id"] in self._unfinished:
                        self._on_finished(event)
                        if self._wanted.as_json:
                            print_json(event)
