"""The table of docs/reading.md, as the front end reads it."""

import re
from pathlib import Path

import pytest
from support.reading import plain, segments

DOC = Path(__file__).parents[3] / "docs" / "reading.md"
ROWS = re.findall(r"^\| [^|]+ \| `(.+)` \| (.+) \|$", DOC.read_text(), re.M)


@pytest.mark.parametrize(("written", "said"), ROWS)
def test_row(written: str, said: str) -> None:
    assert len(ROWS) > 20
    assert " ".join(plain(segment.words) for segment in segments(written)) == plain(said)
