"""What is shown of a trace: figures by hand, a picture that is XML, and documents in others' formats."""

import json
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from support.traces import STAGES, trace, usual, utterance

from steadyvoice.client.svctl.trace import chrome, page, spans, svg, waterfall
from steadyvoice.ipc import otlp
from steadyvoice.ipc.traces import DeviceEvent, Gap, Trace, TracedBlock

MS = 1000
CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def block(*times_ms: float, number: int = 7, index: int = 0) -> TracedBlock:
    return TracedBlock(number, 0, index, 512, [int(each * MS) for each in times_ms])


def two_stages(*blocks: TracedBlock) -> Trace:
    return trace([utterance(stages=["generator", "vocoder"])], list(blocks))


def test_figures_of_two_stages() -> None:
    """The generator works 10 ms twice, the vocoder waits 6 ms for it, and keeps a block waiting for 2 ms."""
    found = two_stages(block(10, 20, 20.5, 22), block(18, 28, 28.25, 35), block(28, 33, 35, 36))
    # its second block begins before the first has ended: only the part after that is drawn
    generator, vocoder = spans.figures(spans.rows(found), found.utterances)
    assert (generator.name, generator.first, generator.busy, generator.spans) == ("generator", 10 * MS, 23 * MS, 3)
    assert (vocoder.busy, vocoder.longest) == (9250, 6750)
    assert (vocoder.waited_for, vocoder.waited, vocoder.queued, vocoder.hop) == ("generator", 6000, 2000, 250)
    assert generator.overlapped == pytest.approx((1.5 + 4.75) / 23)
    assert vocoder.overlapped == pytest.approx((1.5 + 4.75) / 9.25)
    any_us, two_us = spans.at_work(spans.rows(found))
    assert (any_us, two_us) == (23_000 + 3000, 6250)


@pytest.mark.parametrize(
    ("more", "waited", "hop"),
    [({}, 6000, 250), ({"blocks": "ends"}, 0, 0), ({"kind": "live", "blocks": "some"}, 0, 250)],
)
def test_between_blocks_that_are_not_known_nothing_is_counted(more: dict[str, Any], waited: int, hop: int) -> None:
    blocks = [block(10, 20, 20.5, 22), block(18, 28, 28.25, 35)]
    found = trace([utterance(stages=["generator", "vocoder"], **more)], blocks)
    _, vocoder = spans.figures(spans.rows(found), found.utterances)
    assert (vocoder.waited, vocoder.hop) == (waited, hop)


def test_blocks_of_one_input_are_one_span() -> None:
    found = two_stages(block(10, 20, 20.5, 22), block(10, 20, 20.5, 24), block(10, 20, 20.5, 23))
    assert [(row.name, [(span.begin, span.end) for span in row.spans]) for row in spans.rows(found)] == [
        ("generator", [(10_000, 20_000)]),
        ("vocoder", [(20_500, 24_000)]),
    ]


def test_rows_follow_the_paths_and_a_death_leaves_a_block_without_end() -> None:
    speech = utterance(1, stages=["generator", "vocoder", "converter rvc", "converter", "output"])
    live = utterance(2, kind="live", stages=["input", "converter live", "output"])
    blocks = [block(*range(1, 11), number=1), block(1, 2, 3, 4, 5, 0, number=2)]
    rows = spans.rows(trace([speech, live], blocks))
    names = [row.name for row in rows]
    assert names.index("generator") < names.index("vocoder") < names.index("converter rvc") < names.index("converter")
    assert names.index("input") < names.index("converter live") < names.index("output") == len(names) - 1
    assert [span.is_complete for row in rows for span in row.spans if row.name == "output"] == [False, True]


def test_what_the_device_played_is_one_bar_up_to_an_underrun() -> None:
    blocks = [TracedBlock(7, 0, 0, 480, [1], 0, at) for at in (100_000, 110_000, 120_000, 140_000)]
    [heard] = [row for row in spans.rows(trace([utterance()], blocks)) if row.name == "heard"]
    assert [(span.begin, span.end) for span in heard.spans] == [(100_000, 130_000), (140_000, 150_000)]


def test_the_text_has_a_row_a_stage_and_a_line_an_underrun() -> None:
    shown = waterfall.text(usual(), 100)
    lines = shown.splitlines()
    assert lines[0].startswith(
        "utterance 7, sound device, 120 characters, voice heart: 1.0 ms in the queue, first audio"
    )
    for name in [*STAGES, "heard"]:
        assert any(re.match(rf"{name} +[▁-█]", line.replace("  ", " ")) or line.startswith(name) for line in lines), (
            name
        )
    assert max(map(len, lines[10:16])) <= 100
    assert "the device had 0.3 ms left to play when it was given a block, at least 0.3" in lines
    assert "underrun at 99.0 ms, 12.0 ms long: stage vocoder was late" in lines
    assert re.search(r"^any stage at work \d+ ms, two or more \d+(\.\d)? ms$", shown, re.M)
    assert waterfall.text(usual(), 100, ascii_only=True).isascii()


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (trace([], []), "nothing was spoken in that time"),
        (trace([utterance()], []), "no block is recorded"),
        (trace([utterance(blocks="ends")], [block(1, 2)]), "of 7, only the first and the last block are known"),
        (trace([utterance(blocks="some")], [block(1, 2)]), "of 7, the first blocks are recorded no more"),
        (trace([utterance(kind="live", blocks="some")], [block(1, 2)]), "of 7, one block in four is recorded"),
        (trace([utterance()], [block(1, 2)], events=[DeviceEvent(9000, "lost")]), "sound device lost at 8.0 ms"),
        (trace([utterance()], [], why="stage output ended"), "kept because: stage output ended"),
        (trace([utterance(ended=0, reason="")], [block(1, 2)]), "it goes on"),
    ],
)
def test_what_is_said_of_special_traces(shown: Trace, line: str) -> None:
    assert line in waterfall.text(shown, 80)
    ElementTree.fromstring(svg.svg(shown))


def test_the_picture_is_xml_with_a_rectangle_a_block_and_of_moderate_size() -> None:
    picture = svg.svg(usual())
    root = ElementTree.fromstring(picture)
    groups = root.findall("{*}g")
    assert [len(group) for group in groups] == [2, 112, 112, 112, 112, 1], "utterance, four stages, what was heard"
    assert 30_000 < len(picture) < 65_000
    assert all(rect.findtext("{*}title") for group in groups for rect in group)
    assert len([rect for rect in root.findall("{*}rect") if rect.get("class") == "g"]) == 1
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_a_long_trace_stays_small() -> None:
    assert len(svg.svg(usual(4096))) < 600_000


def test_names_are_escaped() -> None:
    shown = trace([utterance(voice="<b>&", gaps=[Gap(1, 2, "<s>")])], [block(1, 2, 3, 4)])
    ElementTree.fromstring(svg.svg(shown))
    assert "<b>" not in page.html(shown)


@pytest.mark.parametrize(
    ("span_us", "step"),
    [(10, 1), (11, 2), (100, 10), (101, 20), (1000, 100), (300_000, 50_000), (2_000_001, 500_000)],
)
def test_ticks(span_us: int, step: int) -> None:
    assert svg.step_us(span_us) == step


def test_the_page_needs_nothing_else() -> None:
    made = page.html(usual())
    assert made.startswith("<!doctype html>")
    assert not re.search(r"(?:src|href)=", made)
    assert "any stage at work" in made


def test_trace_events() -> None:
    """Of the format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU."""
    both = [utterance(texts=[1500]), utterance(8, received=5000, admitted=0, ended=0, reason="")]
    found = json.loads(json.dumps(chrome.document(trace(both, usual().blocks))))
    events = found["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert list(names.values()) == ["text", *STAGES, "heard"]
    complete: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        assert {"ph", "name", "pid", "tid"} <= event.keys()
        if event["ph"] == "X":
            complete.setdefault(event["tid"], []).append(event)
        elif event["ph"] in "be":
            assert event["id"] in (7, 8)
            assert event["cat"] == "utterance"
    for row in complete.values():
        assert row[0]["dur"] >= 0
        assert all(one["ts"] + one["dur"] <= two["ts"] for one, two in pairwise(row))
    for key in {(event["id"], event["name"]) for event in events if event["ph"] == "b"}:
        moments = [
            (event["ph"], event["ts"])
            for event in events
            if event["ph"] in "be" and (event["id"], event["name"]) == key
        ]
        assert [phase for phase, _ in moments] == ["b", "e"]
    times = [event["ts"] for event in events if event["ph"] != "M"]
    assert times == sorted(times)


def keyed(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in attributes}


@pytest.mark.parametrize("context", ["", CONTEXT])
def test_otlp(context: str) -> None:
    """Of the format: opentelemetry-proto, docs/specification.md, JSON Protobuf Encoding."""
    of = utterance(traceparent=context, gaps=[Gap(100_000, 112_000, "vocoder")], reason="error")
    document = json.loads(json.dumps(otlp.document(trace([of], usual(600).blocks))))
    [resource] = document["resourceSpans"]
    assert keyed(resource["resource"]["attributes"]) == {"service.name": "steadyvoice"}
    [scope] = resource["scopeSpans"]
    root, queue, *stages = scope["spans"]
    assert (root["name"], queue["name"], [span["name"] for span in stages]) == ("utterance", "queue", STAGES)
    assert {span["traceId"] for span in scope["spans"]} == {context.split("-")[1] if context else root["traceId"]}
    assert root["parentSpanId"] == (context.split("-")[2] if context else "")
    assert {span["parentSpanId"] for span in (queue, *stages)} == {root["spanId"]}
    assert len({span["spanId"] for span in scope["spans"]}) == 6
    for span in scope["spans"]:
        assert re.fullmatch("[0-9a-f]{32}", span["traceId"])
        assert re.fullmatch("[0-9a-f]{16}", span["spanId"])
        assert 1_798_660_800 * 10**9 <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        for event in span["events"]:
            assert int(span["startTimeUnixNano"]) <= int(event["timeUnixNano"])
    assert root["status"] == {"code": 2}
    about = keyed(root["attributes"])
    assert about["steadyvoice.characters"] == "120"
    assert about["steadyvoice.first_audio_ms"] == 29.0
    [gap] = root["events"]
    assert keyed(gap["attributes"]) == {"stage": "vocoder", "late_ms": 12.0}
    assert (len(stages[0]["events"]), stages[0]["droppedEventsCount"]) == (otlp.MAX_EVENTS, 600 - otlp.MAX_EVENTS)


def test_the_same_utterance_has_the_same_ids() -> None:
    """Also where the trace is made later, with another origin."""
    first = otlp.document(usual())
    earlier = usual()
    later = trace(
        [utterance(received=3000)], [], origin_ns=earlier.origin_ns - 2_000_000, unix_ns=earlier.unix_ns - 2_000_000
    )
    ids = [document["resourceSpans"][0]["scopeSpans"][0]["spans"][0] for document in (first, otlp.document(later))]
    assert ids[0]["traceId"] == ids[1]["traceId"]
    assert ids[0]["startTimeUnixNano"] == ids[1]["startTimeUnixNano"]


@pytest.mark.parametrize(
    ("context", "sampled"), [("", True), (CONTEXT, True), (CONTEXT[:-2] + "00", False), (CONTEXT[:-2] + "03", True)]
)
def test_the_callers_decision_to_record_counts(context: str, sampled: bool) -> None:
    assert otlp.is_sampled(context) == sampled
