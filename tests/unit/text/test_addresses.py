"""Addresses of mail, web, files and machines; handles and hashtags."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import addresses
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


def check(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Ask hello@sample.org today.", "ask hello at sample dot org today"),
        ("j.smith+tag@mail.example.co.uk", "j dot smith plus tag at mail dot example dot co dot u k"),
        ("mary-ann@example.net", "mary dash ann at example dot net"),
        ("the_team@example.com", "the underscore team at example dot com"),
        ("bob42@example.com,", "bob forty two at example dot com"),
        ("bob007@example.com.", "bob zero zero seven at example dot com"),
        ("(anna@example.io)", "anna at example dot i o"),
        ("jsmith@gmail.com", "j smith at gmail dot com"),
        ("Sales@Example.COM", "sales at example dot com"),
        ("ssh root@localhost", "ssh root at localhost"),
        ("x-2.y7_z&-w@box9-q.net", "x dash two dot y seven underscore z ampersand dash w at box nine dash q dot net"),
        ("rock&roll@bands.org", "rock ampersand roll at bands dot org"),
        ("o'neil@corp.org", "o apostrophe neil at corp dot org"),
        ("Mail 'ann@corp.org' today", "mail ann at corp dot org today"),
        ("write .bob@gmail.com", "write dot bob at gmail dot com"),
        ("ann@host.com/456-kt", "ann at host dot com slash four five six dash k t"),
        ("ann@host.com/home/x.txt.", "ann at host dot com slash home slash x dot t x t"),
        ("ann@host.com/bob@host.com", "ann at host dot com slash bob at host dot com"),
        ("kpatel@nvidia.com", "k patel at nvidia dot com"),
        ("salt & pepper@home.com", "salt and pepper at home dot com"),
        ("mailto:ann@corp.org", "ann at corp dot org"),
        ("git@github.com:team/tool.git", "git at github dot com colon team slash tool dot git"),
    ],
)
def test_mail(text: str, reading: str) -> None:
    check(text, reading)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Visit https://sample.org/faq now.", "visit sample dot org slash f a q now"),
        ("http://www.sample.com/", "w w w dot sample dot com"),
        ("See sample.net.", "see sample dot net"),
        ("See sample.net, please", "see sample dot net please"),
        ("(see sample.net)", "see sample dot net"),
        ("Is it sample.net?", "is it sample dot net"),
        ("sample.net's owner", "sample dot net's owner"),
        ("https://shop.example.com:8080/cart", "shop dot example dot com colon eighty eighty slash cart"),
        ("localhost:3000", "localhost colon three thousand"),
        ("localhost:8080/status", "localhost colon eighty eighty slash status"),
        (
            "https://example.com/?q=cats&page=2",
            "example dot com slash question mark q equals cats ampersand page equals two",
        ),
        ("https://example.com/doc#top", "example dot com slash doc hash top"),
        ("https://example.com/a%20b", "example dot com slash a percent twenty b"),
        ("ftp://files.example.org/pub", "f t p colon slash slash files dot example dot org slash pub"),
        ("https://example.org/2024/05/title", "example dot org slash twenty twenty four slash zero five slash title"),
        ("www.bbc.co.uk", "w w w dot b b c dot co dot u k"),
        ("my-site.dev", "my dash site dot dev"),
        ("bit.ly/abc", "bit dot l y slash a b c"),
        ("<https://example.org> or <mailto:ann@example.org>", "example dot org or ann at example dot org"),
        ("www.mytown.museum", "w w w dot mytown dot museum"),
        ("www.mytown.co.zw now", "w w w dot mytown dot co dot z w now"),
        ("WWW.MYTOWN.COM today", "w w w dot mytown dot com today"),
        ("MYTOWN.ORG/FAQ", "mytown dot org slash f a q"),
        ("THE END.NOW GO", "the end now go"),
        ("U.S.COM", "u dot s dot com"),
        ("mytown.com.gt", "mytown dot com dot g t"),
        ("tests.qrs", "tests dot q r s"),
        ("rivers.bnb today", "rivers dot b n b today"),
        ("we slept.btw it rained", "we slept btw it rained"),
        ("we slept.hmm", "we slept hmm"),
        ("It slept.Www", "it slept www"),
        ("We slept.Www it rained", "we slept www it rained"),
        ("Go.xyz", "go dot xyz"),
        ("file:///home/ann/notes.html.", "file colon slash slash slash home slash ann slash notes dot h t m l"),
        ("file:///C:/x.png", "file colon slash slash slash c colon slash x dot p n g"),
        ("file://host/pub", "file colon slash slash host slash pub"),
        ("the file: a//b", "the file a slash slash b"),
        ("amazon.in/books", "amazon dot in slash books"),
    ],
)
def test_web(text: str, reading: str) -> None:
    check(text, reading)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Edit /etc/hosts first.", "edit slash etc slash hosts first"),
        ("~/notes", "tilde slash notes"),
        ("./run.sh", "dot slash run dot s h"),
        ("../lib/x.py", "dot dot slash lib slash x dot p y"),
        (r"C:\Users\Ann", "c colon backslash users backslash ann"),
        ("Open src/main.py.", "open s r c slash main dot p y"),
        ("file.tar.gz", "file dot tar dot g z"),
        (r"C:\Program Files\Git\git.exe", "c colon backslash program files backslash git backslash git dot e x e"),
        ("ASP.NET or .NET", "asp dot net or dot net"),
        ("all *.txt files", "all star dot t x t files"),
        ("the report.pdf is", "the report dot p d f is"),
        ("README.md", "readme dot m d"),
        ("/usr/local/bin/", "slash u s r slash local slash bin slash"),
        ("my_file-2.csv", "my underscore file dash two dot c s v"),
        ("type /help", "type slash help"),
        ("the .env file", "the dot env file"),
        ("Use node.js here.", "use node dot j s here"),
        ("cat.jpg", "cat dot jpeg"),
        ("song.mp3", "song dot m p three"),
    ],
)
def test_files(text: str, reading: str) -> None:
    check(text, reading)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("10.0.0.1", "one zero dot zero dot zero dot one"),
        ("Ping 127.0.0.1.", "ping one two seven dot zero dot zero dot one"),
        ("192.168.1.10:8080", "one nine two dot one six eight dot one dot one zero colon eighty eighty"),
        ("10.0.0.0/24", "one zero dot zero dot zero dot zero slash twenty four"),
        ("Gateway 172.16.254.3 is up", "gateway one seven two dot one six dot two five four dot three is up"),
        ("(8.8.8.8)", "eight dot eight dot eight dot eight"),
        ("from 192.0.2.15, port 22", "from one nine two dot zero dot two dot one five port twenty two"),
        ("555.310.2.77", "five five five dot three one zero dot two dot seven seven"),
        ("255.255.255.0", "two five five dot two five five dot two five five dot zero"),
        ("root@10.1.1.9", "root at one zero dot one dot one dot nine"),
        ("fe80::1", "f e eight zero colon colon one"),
        ("::1", "colon colon one"),
        ("2001:db8::8a2e", "two zero zero one colon d b eight colon colon eight a two e"),
        ("00:1A:2B:3C:4D:5E", "zero zero colon one a colon two b colon three c colon four d colon five e"),
    ],
)
def test_machines(text: str, reading: str) -> None:
    check(text, reading)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Thanks @alice!", "thanks at alice"),
        ("@bob_b said", "at bob underscore b said"),
        ("#OpenSource", "hashtag open source"),
        ("#opensource rocks", "hashtag opensource rocks"),
        ("#one_two", "hashtag one two"),
        ("#NASA", "hashtag nasa"),
        ("(#MeToo)", "hashtag me too"),
    ],
)
def test_handles(text: str, reading: str) -> None:
    check(text, reading)


@pytest.mark.parametrize(
    "text",
    [
        "and/or", "he/she", "he/she/they", "80 km/h", "w/o", "c/o", "either / or", "and /or", "5 / 6", "1/2",
        "I stopped.It was late", "he did.in the end", "tell me.no", "e.g. this", "a.m. or p.m.", "J.K. Rowling",
        "node.exit", "U.S.A.", "3.14", "1.2.3", "version 1.2.3.4", "Version 10.0.0.1",
        "Chrome 91.0.864.59", "1.234.567.890", "1.2.3.4.5", "10:30:15", "12:30", "std::vector",
        "a::b", "C# and F#", "#42", "# heading", "&#39;", "meet @ 5", "a@b", "@ home", "red/green/blue", "24/7",
        "Wait...what", "mother-in-law", "No.", "this.that", "end.", "localhost", "https",
        "https://", "it.is", "x = y:z",
    ],
)  # fmt: skip
def test_no_address(text: str) -> None:
    assert RuleSet(addresses.RULES).apply(Traced.of(text)) == text


def test_time_is_linear() -> None:
    for text in ("a." * 140, "a/" * 140, "a-" * 140, "a@" * 140, "1." * 140, "ab:" * 90, "/a" * 140, "@a" * 140):
        RuleSet(addresses.RULES).apply(Traced.of(text))
