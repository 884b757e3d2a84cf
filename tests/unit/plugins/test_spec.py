"""How a chain of plugins is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.plugins.plugin import PluginRefused
from steadyvoice.workers.plugins.spec import Spec, parse


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("", []),
        ("  ", []),
        ("gain", [Spec("gain")]),
        ("gain:db=-6", [Spec("gain", (("db", "-6"),))]),
        (" gain : db = -6 , shift", [Spec("gain", (("db", "-6"),)), Spec("shift")]),
        ("lowpass:hz=800:q=0.7", [Spec("lowpass", (("hz", "800"), ("q", "0.7")))]),
        ("my.module:Robot", [Spec("my.module:Robot")]),
        ("my.module:Robot:hz=3,gain", [Spec("my.module:Robot", (("hz", "3"),)), Spec("gain")]),
        ("~/robot.py", [Spec("~/robot.py")]),
        ("/a b/robot.py:Robot:hz=3", [Spec("/a b/robot.py:Robot", (("hz", "3"),))]),
        ("/a=b/robot.py:hz=3", [Spec("/a=b/robot.py", (("hz", "3"),))]),
        (r"converter:voice=Ann\, the\: second=\\", [Spec("converter", (("voice", "Ann, the: second=\\"),))]),
        (r"/a\,b.py,gain", [Spec("/a,b.py"), Spec("gain")]),
        ("converter:voice=", [Spec("converter", (("voice", ""),))]),
    ],
)
def test_grammar(text: str, specs: list[Spec]) -> None:
    assert list(parse(text)) == specs


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (",gain", "name is missing"),
        ("gain,,shift", "name is missing"),
        (":db=3", "name is missing"),
        ("gain:db=3:4", "'4' is no NAME=VALUE"),
        ("gain:=3", "'=3' is no NAME=VALUE"),
        ("gain:db=3:db=4", "db is given twice"),
        ("gain:-6", "'-6' is no name of a class"),
        ("gain:", "'' is no name of a class"),
    ],
)
def test_mistakes(text: str, problem: str) -> None:
    with pytest.raises(PluginRefused, match=problem):
        parse(text)


names = st.from_regex(r"[a-z_]\w{0,5}", fullmatch=True)
heads = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9)
references = st.one_of(heads, st.tuples(heads, names).map(":".join)).filter(lambda text: text.count(":") < 2)
values = st.dictionaries(names, st.text(st.characters(exclude_categories=["C", "Z"]), max_size=9), max_size=3)


@given(
    st.lists(st.tuples(references.filter(lambda text: ":" not in text or text.split(":")[1].isidentifier()), values))
)
def test_a_spec_is_written_as_it_is_read(plugins: list[tuple[str, dict[str, str]]]) -> None:
    specs = [Spec(reference, tuple(given.items())) for reference, given in plugins if reference[0] != ":"]
    assert list(parse(",".join(map(str, specs)))) == specs
