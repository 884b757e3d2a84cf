"""Where the entries of a lexicon apply in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.text.lexicon.index import Index, find_matches

ONE_WORD = {"nginx": "engine x"}


def found(entries: dict[str, str], text: str) -> list[tuple[str, str]]:
    """Each place and its pronunciation."""
    return [(text[each.start : each.end], each.pronunciation) for each in find_matches(text, [Index([entries])])]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("nginx", "nginx"),
        ("Start nginx now.", "nginx"),
        ("Nginx is up.", "Nginx"),
        ("NGINX!", "NGINX"),
        ("Is it nginx?", "nginx"),
        ("(nginx)", "nginx"),
        ("“nginx”, he said", "nginx"),
        ("'nginx'", "nginx"),
        ("nginx's log", "nginx"),
        ("nginx’s log", "nginx"),
        ("an nginx-based proxy", "nginx"),
        ("pre-nginx days", "nginx"),
        ("Apache/nginx", "nginx"),
        ("nginx, Apache", "nginx"),
        ("nginx...", "nginx"),
        ("nginx—really", "nginx"),
        ("*nginx*", "nginx"),
        ("#nginx", "nginx"),
        ("nginx:", "nginx"),
        ("é nginx é", "nginx"),
    ],
)
def test_a_word_in_any_capitalisation(text: str, place: str) -> None:
    assert found(ONE_WORD, text) == [(place, "engine x")]


@pytest.mark.parametrize(
    "text",
    [
        "nginxes", "xnginx", "nginx2", "2nginx", "nginx_conf", "_nginx", "enginx", "nginxé", "nginxа",
        "nginx'll", "o'nginx", "nginx.org", "www.nginx.org", "https://nginx.org/en/", "me@nginx.org", "nginx@host",
        "/etc/nginx/conf", "~/nginx", "./nginx", "C:\\nginx", "user=nginx", "https://x.org/nginx", "docs.nginx",
        "n ginx", "ngin x", "n-ginx", "",
    ],
)  # fmt: skip
def test_a_part_of_a_word_an_address_or_a_path_does_not_match(text: str) -> None:
    assert found(ONE_WORD, text) == []


@pytest.mark.parametrize(
    ("word", "text", "places"),
    [
        ("Polish", "Polish polish POLISH", ["Polish"]),
        ("polish", "Polish polish POLISH", ["Polish", "polish", "POLISH"]),
        ("iPhone", "my iPhone and IPHONE", ["iPhone"]),
        ("New York", "New York, new york", ["New York"]),
        ("new york", "New York, NEW\tYORK", ["New York", "NEW\tYORK"]),
        ("new york", "newyork new-york new, york", []),
        ("C++", "C++, C++11 and c++ or C+++", ["C++", "C++"]),
        ("c++", "C + + and C++", ["C++"]),
        ("node.js", "Node.js, node.js's; node.json, my.node.js, node.js/bin", ["Node.js", "node.js", "node.js"]),
        ("e.g.", "fruit, e.g. apples; E.G. pears", ["e.g.", "E.G."]),
        ("24/7", "24/7, 24/7/365, 124/7 and 24/70", ["24/7"]),
        ("1984", "1984, “1984” and 1984-85, $1984, 1,984, 1984.5, 19840, 1984%", ["1984", "1984"]),
        ("3D", "in 3D, 3d, 33D", ["3D"]),
        ("café", "Cafe\u0301, CAFÉ, cafe", ["Cafe\u0301", "CAFÉ"]),
        ("don't", "Don’t, don't, dont", ["Don’t", "don't"]),
        ("don", "don't, Don", ["Don"]),
        ("dogs", "the dogs' bowl, dogs'd", ["dogs"]),
        ("♥", "I ♥ you, I ♥♥ you, 3♥", ["♥", "♥"]),
        ("你好", "说 你好, 你好吗", ["你好"]),
        ("İzmir", "İzmir, izmir", ["İzmir"]),
        ("straße", "STRASSE, Straße", ["Straße"]),
        ("a b c", "a b a b c", ["a b c"]),
        ("U.S.", "a U.S.-based firm, U.S.A., u.s.", ["U.S."]),
        ("s", "it's his dog's s", ["s"]),
        ("हिन", "हिन्दी हिन", ["हिन"]),
    ],
)  # fmt: skip
def test_spellings(word: str, text: str, places: list[str]) -> None:
    assert found({word: "x"}, text) == [(place, "x") for place in places]


@pytest.mark.parametrize(
    ("tables", "text", "expected"),
    [
        ([{"york": "a", "new york": "b"}], "new york york", ["b", "a"]),
        ([{"new": "a", "new york city": "b"}], "new york new", ["a", "a"]),
        ([{"polish": "a", "Polish": "b"}], "Polish polish", ["b", "a"]),
        ([{"polish": "a"}, {"Polish": "b"}], "Polish", ["a"]),
        ([{"Polish": "a"}, {"polish": "b"}], "Polish polish", ["a", "b"]),
        ([{"x": "a"}, {"x": "b", "x y": "c"}], "x x y", ["a", "c"]),
        ([{}, {"x": "b"}], "x", ["b"]),
    ],
)
def test_precedence(tables: list[dict[str, str]], text: str, expected: list[str]) -> None:
    assert [each.pronunciation for each in find_matches(text, [Index(tables)])] == expected
    separate = find_matches(text, [Index([table]) for table in tables])
    assert [each.pronunciation for each in separate] == expected


WORDS = st.text(st.sampled_from("ab A.'-/ 1é\u0301"), min_size=1, max_size=4)


@given(st.dictionaries(WORDS, st.just("x"), max_size=4), st.text(st.sampled_from("ab A.'-/ 1é\u0301_"), max_size=20))
def test_places_are_in_order_without_overlap(entries: dict[str, str], text: str) -> None:
    at = 0
    for each in find_matches(text, [Index([entries])]):
        assert at <= each.start < each.end <= len(text)
        assert not text[each.start].isspace()
        at = each.end
