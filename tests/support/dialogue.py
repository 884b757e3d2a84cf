"""Drives a dialogue as its connection does, without audio: each step is chosen by the test."""

import json
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from steadyvoice.gateways.http.streaming.actions import (
    Action,
    Cancel,
    Close,
    Dialogue,
    End,
    Failure,
    Heard,
    Say,
    Send,
    Word,
)

LOST = Failure("stage_failed", "the generator ended")


class Driver:
    """Carries actions out, and checks that they are possible."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self.live: dict[str, deque[Say | End]] = {}
        self.sent: list[Any] = []
        """Messages to the client: decoded JSON, or bytes."""
        self.closed: Close | None = None
        self.said: Counter[str] = Counter()
        """Characters of each context."""
        self.ends = self.failures = self.cancels = 0
        self.lost_ends = 0
        """Ends that were queued in a context which has failed."""
        self.empty_closes = 0
        """The client closed a connection that had nothing to say."""
        self._at_s = 0.0
        self.do(dialogue.begin())

    def receive(self, message: str | bytes) -> list[Action]:
        actions = list(self.dialogue.receive(message)) if self.closed is None else []
        self.do(actions)
        kinds = [type(action) for action in actions]
        self.empty_closes += kinds == [Send, Close]
        return actions

    def json(self, **message: Any) -> list[Action]:
        return self.receive(json.dumps(message))

    def do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            assert self.closed is None
            match action:
                case Say(context, text):
                    self.live.setdefault(context, deque()).append(action)
                    self.said[context] += len(text)
                case End(context):
                    self.live.setdefault(context, deque()).append(action)
                case Cancel(context):
                    self.live.pop(context, None)
                    self.cancels += 1
                case Heard(context, seconds):
                    assert isinstance(seconds, float)
                case Send(message):
                    self.sent.append(json.loads(message) if isinstance(message, str) else message)
                case Close():
                    self.closed = action

    def speak(self, context: str, word: str = "word ") -> None:
        """Send audio and a word of the context."""
        message = self.dialogue.audio(context, b"\1\2")
        self.sent.append(json.loads(message) if isinstance(message, str) else message)
        self._at_s += 0.3
        if self.dialogue.wants_words:
            self.do(self.dialogue.words(context, [Word(word, self._at_s, self._at_s + 0.1)]))

    def finish(self, context: str) -> None:
        """Speak the context's text up to its next end, if there is one."""
        todo = self.live[context]
        while todo and isinstance(todo[0], Say):
            todo.popleft()
        if todo:
            end = todo.popleft()
            assert isinstance(end, End)
            self.ends += end.last
            if end.last and not todo:
                del self.live[context]
            self.do(self.dialogue.ended(context, end.tag))

    def pause(self, context: str) -> None:
        """Speak all of the context's text, if no end follows it."""
        if all(isinstance(each, Say) for each in self.live[context]):
            self.live[context].clear()
            self.dialogue.paused(context)

    def fail(self, context: str) -> None:
        self.lost_ends += sum(isinstance(each, End) for each in self.live.pop(context))
        self.failures += 1
        self.do(self.dialogue.failed(context, LOST))

    def kinds(self, key: str = "type") -> list[Any]:
        """Of all messages since the last call, cleared."""
        kinds = ["audio" if isinstance(m, bytes) else m.get(key) for m in self.sent]
        self.sent.clear()
        return kinds
