"""Abbreviations and titles by their context."""

import pytest
from support.reading import segments, words

from steadyvoice.workers.text.english import abbreviations
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Dr. Kim lives on Oak Dr. now.", "doctor kim lives on oak drive now"),
        ("St. Paul walked down Main St. today", "saint paul walked down main street today"),
        ("He lives at 12 Main St.", "he lives at twelve main street"),
        ("Boston, Mass., and Mme. Curie", "boston massachusetts and madame curie"),
        ("in St. Louis", "in saint louis"),
        ("Visit St. Louis", "visit saint louis"),
        ("On St. Patrick's Day", "on saint patrick's day"),
        ("Mr. and Mrs. Green", "mister and missus green"),
        ("Mr Brown met Dr Green.", "mister brown met doctor green"),
        ("Prof. Adams and Gen. Lee", "professor adams and general lee"),
        ("Sgt. Jones, Rev. King, Hon. Smith", "sergeant jones reverend king honorable smith"),
        ("Sammy Davis Jr. sang", "sammy davis junior sang"),
        ("Ken Griffey, Sr.", "ken griffey senior"),
        ("John Doe, Esq., spoke", "john doe esquire spoke"),
        ("Mt. Fuji and Ft. Worth", "mount fuji and fort worth"),
        ("5th Ave. and Sunset Blvd.", "fifth avenue and sunset boulevard"),
        ("on Abbey Rd today", "on abbey road today"),
        ("Acme Inc. and Widget Co. grew", "acme incorporated and widget company grew"),
        ("Acme Ltd, founded", "acme limited founded"),
        ("Apple Corp.", "apple corporation"),
        ("Warner Bros. films", "warner brothers films"),
        ("Ask dr Kim or mr. Low.", "ask doctor kim or mister low"),
        ("near st Mary's church", "near saint mary's church"),
        ("St John and Mt Hood", "saint john and mount hood"),
        ("Kingston, st Andrew", "kingston saint andrew"),
        ("dr J B Low", "doctor j b low"),
        ("Mt.", "mount"),
        ("Ann Lee, jr is here", "ann lee junior is here"),
        ("Harbour Press ltd", "harbour press limited"),
        ("Mehta Sons pvt ltd.", "mehta sons private limited"),
        ("Holt bros films", "holt brothers films"),
        ("vol II and Vol 3", "volume two and volume three"),
        ("Fig 4 shows Rte 9", "figure four shows route nine"),
        ("Rev.", "reverend"),
        ("Hon.", "honorable"),
    ],
)
def test_names(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("a city, e.g. Rome, is", "a city for example rome is"),
        ("the boss, i.e. me", "the boss that is me"),
        ("apples, pears, etc.", "apples pears et cetera"),
        ("cats, dogs etc. are pets", "cats dogs et cetera are pets"),
        ("cats vs. dogs", "cats versus dogs"),
        ("cats vs dogs", "cats versus dogs"),
        ("est. travel time", "estimated travel time"),
        ("the U.S. v. Nixon", "the u s versus nixon"),
        ("Roe v. Wade", "roe versus wade"),
        ("cf. the appendix", "compare the appendix"),
        ("Smith et al. found", "smith et al found"),
        ("two, viz. him and her", "two namely him and her"),
        ("approx. half", "approximately half"),
        ("the U.S. and the U.K. agree", "the u s and the u k agree"),
        ("She has a Ph.D. and a B.A.", "she has a p h d and a b a"),
        ("Please R.S.V.P. soon", "please r s v p soon"),
        ("Sting, a.k.a. Gordon", "sting a k a gordon"),
        ("pots, pans, &c.", "pots pans et cetera"),
        ("tea w/ milk, w/o sugar", "tea with milk without sugar"),
        ("b/c it rains", "because it rains"),
        ("c/o Ann Smith", "care of ann smith"),
        ("the dept. and the govt. said", "the department and the government said"),
        ("misc. items", "miscellaneous items"),
        ("max. speed and min. age", "maximum speed and minimum age"),
        ("est. time", "estimated time"),
        ("prices incl. tax", "prices including tax"),
        ("idk, btw", "i don't know by the way"),
        ("imo it is fine", "in my opinion it is fine"),
        ("lol ok", "lol ok"),
        ("in Jan. we met", "in january we met"),
        ("every Mon. and Wed.", "every monday and wednesday"),
        ("It opens in Sept.", "it opens in september"),
    ],
)
def test_anywhere(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("No. 7", "number 7"),
        ("Nos. 3 and 4", "numbers 3 and 4"),
        ("vol. 3", "volume 3"),
        ("see p. 12", "see page 12"),
        ("pp. 5", "pages 5"),
        ("Fig. 3 shows", "figure 3 shows"),
        ("fig. A", "figure A"),
        ("ch. 4", "chapter 4"),
        ("Ch. IV", "chapter IV"),
        ("sec. 2", "section 2"),
        ("eq. 9", "equation 9"),
        ("the 2nd ed. of", "the 2nd edition of"),
        ("art. 5", "article 5"),
        ("apt. 4", "apartment 4"),
        ("c. 1850", "circa 1850"),
        ("ca. 1850", "circa 1850"),
        ("est. 1990", "established 1990"),
        ("Op. 27", "opus 27"),
    ],
)
def test_numbered(text: str, reading: str) -> None:
    assert RuleSet(abbreviations.RULES).apply(Traced.of(text)) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("J.K. Rowling wrote", "j k rowling wrote"),
        ("J. R. R. Tolkien", "j r r tolkien"),
        ("John F. Kennedy", "john f kennedy"),
        ("by A. Smith", "by a smith"),
        ("made in the U.S.A.", "made in the u s a"),
        ("the U.S and J.K Rowling", "the u s and j k rowling"),
        ("D.C. is", "d c is"),
        ("W.E.B. Du Bois", "w e b du bois"),
    ],
)
def test_initials(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("apples, etc.", "apples, et cetera."),
        ("(apples, etc.)", "(apples, et cetera.)"),
        ("the U.S. won", "the U S won"),
        ("Dr. Lee left.", "doctor Lee left."),
        ("He left the U.S.", "He left the U S."),
        ("He left the U.S. They came.", "He left the U S. They came."),
        ("pens, ink, etc. She left.", "pens, ink, et cetera. She left."),
        ("the U.S. The end", "the U S. The end"),
        ("I like cats vs. The Dogs", "I like cats versus The Dogs"),
        ("See Dr. Who now", "See doctor Who now"),
    ],
)
def test_the_full_stop_of_a_sentence_stays(text: str, said: str) -> None:
    assert spoken(text, "en-US") == said


@pytest.mark.parametrize(
    "text",
    [
        "No. I will not.", "I said no.",
        "I said no. 5 left", "chapter v. Then", "It is art.", "Wait a sec.", "Ed. Smith", "the ch. was", "They sat.",
        "I met Jan.", "We sat in the sun.", "the Sun.", "a fig.", "I like the app.", "Tell Max.", "Ask Gen.",
        "the max", "a min", "Co", "a co-op", "St", "Dr", "main st", "Mar", "the inc", "and/or", "he/she", "km/h",
        "w/e/b", "et alia", "vitamin C. Then", "I. He left", "Plan B.", "I.", "so am I.", "the rep.", "a gal.",
        "tell him", "no", "ex.", "par.", "Don't", "it's", "Ave Maria", "c. d", "p. s", "ms", "the hon.", "ext",
        "pop. music", "Miss. is", "e-g", "temp.", "To be est.", "Wed at last",
        "main st Boston", "the bros came", "a jr role", "vol au vent", "fig tree", "rte", "the mr and", "dr no",
        "Main St Bakery",
        "Sat down", "March", "May",
    ],
)  # fmt: skip
def test_no_abbreviation(text: str) -> None:
    assert RuleSet(abbreviations.RULES).apply(Traced.of(text)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mr. & Mrs. Jones", "mister and missus jones"),
        ("Mr. X met Ms. Y", "mister x met ms y"),
        ("St. X", "st x"),
        ("No.5, Nos.3", "number five numbers three"),
        ("no.Maybe", "no maybe"),
        ("pH 7", "p h seven"),
        ("PH and ph", "p h and ph"),
        ("up 3% YoY", "up three percent y o y"),
        ("the MoMA", "the moma"),
        ("T-10 minutes, T-5:00", "t minus ten minutes t minus five zero zero"),
        ("a T-34 tank", "a t thirty four tank"),
        ("born 5/1980, since 3/2021", "born may nineteen eighty since march twenty twenty one"),
        ("5/1980 of it", "five one thousand nine hundred eightieths of it"),
        ("an x86-64 CPU", "an x eighty six sixty four c p u"),
    ],
)
def test_in_context(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ext. 204 and Apt. 4C.", 1),
        ("Hwy. 1 and Rm. 101 and Op. 27.", 1),
        ("See Fr. Tom in Ft. Worth with Maj. Lee.", 1),
        ("Come on Tues. 4 of May.", 1),
        ("He sat. Then he left.", 2),
        ("We like pop. 5 people came.", 2),
        ("They rest on Sun. Monday is far.", 2),
    ],
)
def test_an_abbreviation_ends_no_sentence(text: str, count: int) -> None:
    assert len(list(segments(text))) == count


def test_time_is_linear() -> None:
    for text in ("a." * 140, "A. " * 93, "w/" * 140, "St. " * 70, "Aa " * 93, "et al" * 56):
        RuleSet(abbreviations.RULES).apply(Traced.of(text))
