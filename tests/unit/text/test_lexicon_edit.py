"""Changes of a lexicon file keep its other lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.text.lexicon.edit import Key, changed, entries
from steadyvoice.workers.text.lexicon.tables import BadLexicon

FILE = """\
# My words.

"GIF" = "/dʒɪf/"  # not /ɡɪf/
sudo = 'sue # doo'   # do

[en-GB]  # British
# schedule
schedule = "/ˈʃɛdjuːl/"

[voice.heart]
x = "ex"
"""


@pytest.mark.parametrize(
    ("key", "pronunciation", "old", "new"),
    [
        (Key("", "", "GIF"), "giff", '"GIF" = "/dʒɪf/"  #', '"GIF" = "giff"  #'),
        (Key("", "", "sudo"), "s#", "sudo = 'sue # doo'   # do\n", '"sudo" = "s#"   # do\n'),
        (Key("", "", "sudo"), None, "sudo = 'sue # doo'   # do\n", ""),
        (Key("", "", "new one"), "a", "# do\n", '# do\n"new one" = "a"\n'),
        (Key("en-GB", "", "schedule"), "s", 'schedule = "/ˈʃɛdjuːl/"', '"schedule" = "s"'),
        (Key("en-GB", "", "y"), "why", 'djuːl/"\n', 'djuːl/"\n"y" = "why"\n'),
        (Key("en-GB", "", "GIF"), "g", 'djuːl/"\n', 'djuːl/"\n"GIF" = "g"\n'),
        (Key("", "heart", "x"), None, 'x = "ex"\n', ""),
        (Key("", "heart", 'a"b\\'), "q", 'x = "ex"\n', 'x = "ex"\n"a\\"b\\\\" = "q"\n'),
        (Key("en", "", "y"), "why", 'x = "ex"\n', 'x = "ex"\n\n[en]\n"y" = "why"\n'),
        (Key("", "my voice", "y"), "z", 'x = "ex"\n', 'x = "ex"\n\n[voice."my voice"]\n"y" = "z"\n'),
        (Key("", "emma", "y"), "z", 'x = "ex"\n', 'x = "ex"\n\n[voice.emma]\n"y" = "z"\n'),
    ],
)
def test_one_change(key: Key, pronunciation: str | None, old: str, new: str) -> None:
    assert FILE.count(old) == 1
    assert changed(FILE, {key: pronunciation}) == FILE.replace(old, new)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("", Key("", "", "x"), '"x" = "y"\n'),
        ("# only a comment", Key("", "", "x"), '# only a comment\n"x" = "y"\n'),
        ("[en]\n", Key("", "", "x"), '"x" = "y"\n[en]\n'),
        ("", Key("en", "", "x"), '[en]\n"x" = "y"\n'),
        ("x = 'a'\n[en]", Key("en", "", "x"), 'x = \'a\'\n[en]\n"x" = "y"\n'),
    ],
)
def test_a_first_entry(text: str, key: Key, expected: str) -> None:
    assert changed(text, {key: "y"}) == expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('"x" = """\ny = "a"\n"""\n', Key("", "", "x")),
        ("x = ", Key("", "", "y")),
        ('x = "a"\n[x]\n', Key("", "", "y")),
        ('voice.heart.x = "a"\n', Key("", "heart", "x")),
        ('en = "a"\n', Key("en", "", "x")),
        ('[en]\nx = "a"\n', Key("", "", "en")),
        ("y = '''a'''\nx = '''\nb'''\n", Key("", "", "x")),
    ],
)
def test_a_file_that_only_an_editor_can_change(text: str, key: Key) -> None:
    with pytest.raises(BadLexicon) as error:
        changed(text, {key: "z"})
    assert "\n" not in str(error.value)


WORDS = st.text(st.sampled_from("ab\"'\\# =[].é"), min_size=1, max_size=5).filter(str.strip)
KEYS = st.builds(Key, st.sampled_from(["", "en", "en-GB"]), st.just(""), WORDS) | st.builds(
    Key, st.just(""), st.sampled_from(["heart", "a b", 'q"#']), WORDS
)
SAID = st.sampled_from(["a", "a # b", 'say "x"', "/a/", "back\\slash"])


@given(st.lists(st.dictionaries(KEYS, SAID | st.none(), max_size=4), max_size=4))
def test_any_changes(steps: list[dict[Key, str | None]]) -> None:
    text, wanted = "# kept\n", dict[Key, str]()
    for changes in steps:
        text = changed(text, changes)
        wanted = {key: said for key, said in (wanted | changes).items() if said is not None}
        assert entries(text) == wanted
        assert text.startswith("# kept\n")
