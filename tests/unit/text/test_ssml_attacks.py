"""Hostile documents: refused or spoken, in bounded time and memory, and nothing outside of them is read."""

import resource
import time
from collections.abc import Callable

import pytest
from support.matrix import quick
from support.ssml import items

from steadyvoice.workers.text.ssml.items import NamedMark, Text

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f"<!ENTITY {b} '{10 * ('&' + a + ';')}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><speak>&j;</speak>"
)
QUADRATIC = "<!DOCTYPE x [<!ENTITY a '" + "a" * 50_000 + "'>]><speak>" + "&a;" * 40_000 + "</speak>"
ATTACKS: dict[str, Callable[[], str]] = {
    "billion laughs": lambda: LAUGHS,
    "quadratic": lambda: QUADRATIC,
    "nested": lambda: "<speak>" + "<p>" * 66_000 + "x" + "</p>" * 66_000 + "</speak>",
    "nested, not closed": lambda: "<speak>" + "<a>" * 66_000,
    "long attribute": lambda: "<speak><mark name='" + "a" * 1_000_000 + "'/>x</speak>",
    "long attribute, not closed": lambda: f"<speak><mark name='{'a' * 200_000}",
    "many attributes": lambda: "<speak><p " + " ".join(f"a{i}=''" for i in range(50_000)) + ">x</p></speak>",
    "long comment": lambda: f"<speak><!--{'-x' * 100_000}--></speak>",
    "long name": lambda: f"<speak><{'a' * 200_000}/></speak>",
    "marks": lambda: "<speak>" + "<mark name='a'/>" * 12_000 + "x</speak>",
    "open signs": lambda: "<speak>" + "<" * 200_000,
    "ampersands": lambda: "<speak>" + "&" * 200_000,
    "tags after an error": lambda: "<speak>&" + "<a b='" * 40_000,
    "comments after an error": lambda: "<speak>&" + "<!--" * 50_000,
    "brackets": lambda: "<speak>" + "]" * 200_000,
    "sections": lambda: "<speak>" + "<![CDATA[" * 20_000,
    "numbers": lambda: "<speak>" + "&#65;" * 40_000 + "</speak>",
    "say-as": lambda: "<speak><say-as interpret-as='digits'>" + "1" * 200_000 + "</say-as></speak>",
    "spaces": lambda: " " * 200_000 + "<speak>x</speak>",
    "declaration": lambda: "<?xml " + " " * 200_000,
    "ill-formed characters": lambda: "<speak>" + "\ud800\x00\ufffe" * 60_000,
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("piece", quick(2, [1 << 30, 37, 4096]))
def test_time_and_memory_are_bounded(attack: str, piece: int) -> None:
    document = ATTACKS[attack]()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found, ssml = items(document, range(piece, len(document), piece))
    assert time.process_time() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000
    assert sum(len(item.piece.text) for item in found if isinstance(item, Text)) <= len(document)
    assert sum(isinstance(item, NamedMark) for item in found) <= 10_000
    assert len(ssml.error) < 200


@pytest.mark.parametrize("attack", ["billion laughs", "quadratic", "nested", "long attribute", "marks", "long comment"])
def test_attacks_are_refused(attack: str) -> None:
    assert items(ATTACKS[attack]())[1].error.startswith("not valid SSML, spoken without its tags from character ")


def test_entities_of_a_document_type_are_never_expanded() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, ssml = items(LAUGHS)
    assert ssml.error.endswith("a document type is not accepted")
    assert "lol" not in "".join(item.piece.text for item in found if isinstance(item, Text)).replace("lolz", "")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000


@pytest.mark.parametrize(("depth", "error"), [(31, ""), (32, "elements are nested deeper than 32")])
def test_depth(depth: int, error: str) -> None:
    _, ssml = items("<speak>" + "<p>" * depth + "x" + "</p>" * depth + "</speak>")
    assert ssml.error.rpartition(": ")[2] == error


@pytest.mark.parametrize(("size", "is_valid"), [(1024, True), (1025, False)])
def test_attributes(size: int, is_valid: bool) -> None:
    _, ssml = items(f"<speak><mark name='{'é' * size}'/></speak>")
    assert (ssml.error == "") == is_valid


def test_ten_thousand_marks() -> None:
    found, ssml = items("<speak>" + "<mark name='a'/>" * 10_000 + "</speak>")
    assert not ssml.error
    assert len(found) == 10_000
