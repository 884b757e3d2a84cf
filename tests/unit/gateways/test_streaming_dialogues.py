"""Whatever a client sends to whichever protocol: no exception, each context ends once, nothing after its end."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dialogue import Driver

from steadyvoice.gateways.http.streaming.cartesia import Cartesia
from steadyvoice.gateways.http.streaming.deepgram import Deepgram
from steadyvoice.gateways.http.streaming.elevenlabs import ElevenLabs
from steadyvoice.gateways.http.streaming.realtime import Realtime

NAMES = ["a", "b", ""]
TEXTS = ["Hello there. ", "wor", "d ", " ", "", "\n\n", "\ud83d\ude00"]
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


def fields(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these, each as the protocol has it or with anything else as its value."""
    return st.fixed_dictionaries(
        {}, optional={name: st.one_of(value, value, value, JUNK) for name, value in values.items()}
    )


NAME = st.sampled_from(NAMES)
TEXT = st.sampled_from(TEXTS)
FLAG = st.booleans()
OUTPUT = st.fixed_dictionaries({"voice": NAME, "format": st.fixed_dictionaries({"type": st.just("audio/pcm")})})
ITEM = st.fixed_dictionaries({"content": st.lists(st.fixed_dictionaries({"text": TEXT}), max_size=2)})
MESSAGES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "cartesia": fields(
        context_id=NAME, transcript=TEXT, cancel=FLAG, flush=FLAG, add_timestamps=FLAG, **{"continue": FLAG}
    ),
    "elevenlabs": fields(context_id=NAME, text=TEXT, flush=FLAG, close_context=FLAG)
    | fields(close_socket=FLAG, text=TEXT),
    "stream-input": fields(text=TEXT, flush=FLAG, close_context=FLAG),
    "deepgram": fields(type=st.sampled_from(["Speak", "Flush", "Clear", "Close", "Sing"]), text=TEXT),
    "realtime": fields(
        type=st.sampled_from(
            ["session.update", "response.create", "response.cancel", "conversation.item.create", "zork"]
        ),
        session=st.fixed_dictionaries({"audio": st.fixed_dictionaries({"output": OUTPUT})}),
        response=st.fixed_dictionaries({"input": st.lists(ITEM, max_size=2)}),
        response_id=st.sampled_from(["resp_1", "resp_2", "resp_5"]),
        item=ITEM,
    ),
}
MAKE: dict[str, Callable[[], Driver]] = {
    "cartesia": lambda: Driver(Cartesia()),
    "elevenlabs": lambda: Driver(ElevenLabs("heart", {}, single=False)),
    "stream-input": lambda: Driver(ElevenLabs("heart", {}, single=True)),
    "deepgram": lambda: Driver(Deepgram({})),
    "realtime": lambda: Driver(Realtime("")),
}


@pytest.mark.parametrize("protocol", MAKE)
@given(data=st.data())
def test_any_dialogue(protocol: str, data: st.DataObject) -> None:
    driver = MAKE[protocol]()
    steps = st.sampled_from(["message", "message", "message", "junk", "speak", "finish", "pause", "fail"])
    for step in data.draw(st.lists(steps, max_size=25)):
        live = sorted(driver.live)
        if step == "message":
            driver.receive(json.dumps(data.draw(MESSAGES[protocol])))
        elif step == "junk":
            driver.receive(data.draw(st.text(max_size=9) | st.binary(max_size=9) | JUNK.map(json.dumps)))
        elif live and driver.closed is None:
            context = data.draw(st.sampled_from(live))
            {"speak": driver.speak, "finish": driver.finish, "pause": driver.pause, "fail": driver.fail}[step](context)
    if driver.closed is None:
        for context in sorted(driver.live):  # whatever is left can still end
            driver.fail(context)
    finals = [message for message in driver.sent if is_final(message)]
    assert len(finals) == due(protocol, driver)


def due(protocol: str, driver: Driver) -> int:
    """How often the protocol tells its client that a context has ended."""
    if protocol == "cartesia":  # a cancelled context just ends
        return driver.ends + driver.failures
    if protocol == "deepgram":  # each Flush, and each Clear
        return driver.ends + driver.lost_ends + driver.cancels - (driver.closed is not None)
    if protocol == "realtime":
        return driver.ends + driver.cancels + driver.failures
    return driver.ends + driver.cancels + driver.failures + driver.empty_closes


def is_final(message: Any) -> bool:
    kinds = ("done", "response.done", "Flushed", "Cleared")
    return isinstance(message, dict) and (
        message.get("isFinal") is True
        or message.get("type") in kinds
        or "stage_failed" in (message.get("error"), message.get("error_code"))
    )
