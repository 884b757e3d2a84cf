"""Dates, parts of years, decades, eras."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import dates
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced

US = RuleSet(dates.rules(day_first=False))
GB = RuleSet(dates.rules(day_first=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Due May 7, 2023.", "due may seventh twenty twenty three"),
        ("On October 31 we met.", "on october thirty first we met"),
        ("by Feb. 3rd", "by february third"),
        ("Sept 9 is fine", "september ninth is fine"),
        ("since 11 June 1998", "since the eleventh of june nineteen ninety eight"),
        ("the 2nd of April", "the second of april"),
        ("the 2nd April meeting", "the second of april meeting"),
        ("Tue 4 Mar at noon", "tuesday the fourth of march at noon"),
        ("Friday, July 4th, 2008", "friday july fourth two thousand eight"),
        ("Sat., Jan. 6", "saturday january sixth"),
        ("12-Nov-2021", "the twelfth of november twenty twenty one"),
        ("in August 1914", "in august nineteen fourteen"),
        ("Dec. 1906", "december nineteen oh six"),
        ("23 Dec '19", "the twenty third of december twenty nineteen"),
        ("JUN 15, 2022", "june fifteenth twenty twenty two"),
        ("january 5", "january fifth"),
        ("Published 2021-11-30.", "published november thirtieth twenty twenty one"),
        ("2021/11/30", "november thirtieth twenty twenty one"),
        ("7.11.2019", "the seventh of november twenty nineteen"),
        ("07.11.19", "the seventh of november twenty nineteen"),
        ("25/12/2020", "the twenty fifth of december twenty twenty"),
        ("11/30/1987", "november thirtieth nineteen eighty seven"),
        ("from 06/07/08", "from june seventh oh eight"),
        ("12/05/99", "december fifth ninety nine"),
        ("Seen 4/30/21.", "seen april thirtieth twenty one"),
        ("as of 02/03/00", "as of february third two thousand"),
        ("on 12/24 at noon", "on december twenty fourth at noon"),
        ("Due: 11/30", "due november thirtieth"),
        ("Wed 6/18", "wednesday june eighteenth"),
        ("since 9/11", "since nine eleven"),
        ("expires 08/29", "expires august twenty twenty nine"),
        ("on Thurs we rest", "on thursday we rest"),
        ("Open Mon-Fri.", "open monday to friday"),
        ("Sat & Sun 3 May", "saturday and sunday the third of may"),
        ("May 8, 9 and 12, 2020", "may eighth ninth and twelfth twenty twenty"),
        ("8 and 9 May", "the eighth and ninth of may"),
        ("In Jan. we met.", "in january we met"),
        ("in the summer of '68", "in the summer of sixty eight"),
        ("ends 11/30", "ends november thirtieth"),
        ("See you Wed, 7 Apr.", "see you wednesday the seventh of april"),
        ("Mon/Wed/Fri", "monday wednesday friday"),
        ("Tues. and Thurs.", "tuesday and thursday"),
        ("Tue, 2021-11-30", "tuesday november thirtieth twenty twenty one"),
        ("05/2021", "may twenty twenty one"),
    ],
)
def test_dates(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on may 8 we met", "on may eighth we met"),
        ("8 may.", "the eighth of may"),
        ("march 22", "march twenty second"),
        ("oct 3 1974", "october third nineteen seventy four"),
        ("3 oct 1974", "the third of october nineteen seventy four"),
        ("3rd oct 1974", "the third of october nineteen seventy four"),
        ("born 12 may 1958", "born the twelfth of may nineteen fifty eight"),
        ("march 3, 2011", "march third twenty eleven"),
        ("march 3rd", "march third"),
        ("the 5th of may", "the fifth of may"),
        ("august 20", "august twentieth"),
        ("20 oct. at noon", "the twentieth of october at noon"),
        ("feb. 11", "february eleventh"),
        ("aug 1961", "august nineteen sixty one"),
        ("Feb-11", "february eleventh"),
        ("Feb-11-2016", "february eleventh twenty sixteen"),
        ("released in March 8.", "released in march eighth"),
        ("2021/2/30", "february thirtieth twenty twenty one"),
        ("on Tu (3/25) at noon", "on tuesday march twenty fifth at noon"),
        ("so Tu (3 of us)", "so tu three of us"),
        ("on Tue (3/25) at noon", "on tuesday march twenty fifth at noon"),
        ("the 1950 s", "the nineteen fifties"),
        ("in 215 A.D", "in two fifteen a d"),
        ("509 BC", "five oh nine b c"),
        ("in 2Q23", "in the second quarter of twenty three"),
        ("in the 1H 2018", "in the first half of twenty eighteen"),
        ("4Q09", "the fourth quarter of oh nine"),
        ("the Under 17s", "the under seventeens"),
        ("an under 20s side", "an under twenties side"),
        ("70s by Nature", "seventies by nature"),
        ("only 5 may come", "only five may come"),
        ("we march 5 miles", "we march five miles"),
        ("the 5th may be late", "the fifth may be late"),
        ("you may 20 times", "you may twenty times"),
        ("jan said", "jan said"),
        ("in dec we trust", "in dec we trust"),
        ("a dec-oct table", "a dec oct table"),
        ("it took 1950 s", "it took one thousand nine hundred fifty seconds"),
        ("a 3Q chip", None),
        ("1H NMR", None),
        ("oct 45", "oct forty five"),
        ("mar 5 cars", "mar five cars"),
        ("Feb-29-x", None),
    ],
)
def test_dates_without_capitals_or_in_other_shapes(text: str, said: str | None) -> None:
    assert said is None or words(text) == said
    assert said is not None or not {"quarter", "half", "february"} & set(words(text).split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10/11/2012", "the tenth of november twenty twelve"),
        ("2012-11-10", "the tenth of november twenty twelve"),
        ("11/30/2012", "november thirtieth twenty twelve"),
        ("on 24/12 at noon", "on the twenty fourth of december at noon"),
        ("May 7, 2023", "may seventh twenty twenty three"),
    ],
)
def test_dates_of_a_region_with_the_day_first(text: str, said: str) -> None:
    assert words(text, "en-GB") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("June 3-5, 2022", "june third to fifth twenty twenty two"),
        ("Aug. 28–30", "august twenty eighth to thirtieth"),
        ("8–10 April 2021", "the eighth to the tenth of april twenty twenty one"),
        ("8th-10th of April", "eighth to tenth of april"),
        ("April 28 – May 3", "april twenty eighth to may third"),
        ("28 April–3 May 2019", "the twenty eighth of april to the third of may twenty nineteen"),
        ("Dec. 30, 2020-Jan. 2, 2021", "december thirtieth twenty twenty to january second twenty twenty one"),
        ("Apr-Jun 2020", "april to june twenty twenty"),
        ("April–June", "april to june"),
        ("Nov 2020 - Feb 2021", "november twenty twenty to february twenty twenty one"),
        ("6/4-6/9", "june fourth to june ninth"),
        ("from 1/4-1/20", "from january fourth to january twentieth"),
        ("2020-01-05 to 2020-02-07", "january fifth twenty twenty to february seventh twenty twenty"),
        ("1/2/2020–1/9/2020", "january second twenty twenty to january ninth twenty twenty"),
    ],
)
def test_ranges_of_dates(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("At 2021-11-30T08:05:00Z it began.", "at november thirtieth twenty twenty one eight oh five u t c it began"),
        ("2021-11-30T18:30:15", "november thirtieth twenty twenty one eighteen thirty and fifteen seconds"),
        ("2021-11-30 18:30", "november thirtieth twenty twenty one eighteen thirty"),
        ("2021-11-30T18:30:00+02:00", "november thirtieth twenty twenty one eighteen thirty u t c plus two"),
        ("2021-11-30T18:30:00-05:30", "november thirtieth twenty twenty one eighteen thirty u t c minus five thirty"),
        ("2020-05-30T00:00:00.25Z", "may thirtieth twenty twenty midnight and zero point two five seconds u t c"),
    ],
)  # fmt: skip
def test_date_and_time_of_machines(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the '60s", "the sixties"),
        ("in the ’70s", "in the seventies"),
        ("the 1970s", "the nineteen seventies"),
        ("the mid-1960s", "the mid nineteen sixties"),
        ("the late 50s", "the late fifties"),
        ("the mid-40s", "the mid forties"),
        ("in his 40s", "in his forties"),
        ("in her 20s and 30s", "in her twenties and thirties"),
        ("in their 40s, 50s and 60s", "in their forties fifties and sixties"),
        ("the 1900s", "the nineteen hundreds"),
        ("the 2000s", "the two thousands"),
        ("the 2010s", "the twenty tens"),
        ("1960s-1980s", "nineteen sixties to nineteen eighties"),
        ("80s music", "eighties music"),
        ("1870's houses", "eighteen seventies houses"),
        ("44 BC", "forty four b c"),
        ("born 63 B.C.", "born sixty three b c"),
        ("in AD 79", "in a d seventy nine"),
        ("1066 AD", "ten sixty six a d"),
        ("500–400 BCE", "five hundred to four hundred b c e"),
        ("in 300 CE", "in three hundred c e"),
        ("Q2 2023", "q two twenty twenty three"),
        ("Q1-Q3 2023", "q one to q three twenty twenty three"),
        ("Q1 FY23", "q one fiscal year twenty twenty three"),
        ("AD 60–75", "a d sixty to seventy five"),
        ("Q4'22", "q four twenty twenty two"),
        ("H1 2021", "h one twenty twenty one"),
        ("FY23", "fiscal year twenty twenty three"),
        ("FY2023", "fiscal year twenty twenty three"),
        ("FY22-23", "fiscal year twenty twenty two to twenty twenty three"),
    ],
)
def test_decades_eras_and_parts_of_years(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "[3/12] Building", "10/10 would order again", "7/16 inch", "it is 24/7 open", "on 24/7", "1/2 cup",
        "by 3/4 of it", "2/29/2023/4", "13/13/2020", "2/30/2020", "31 February", "Feb 30", "12.13.14.15",
        "version 1.2.2024", "v05.03.24", "5.3.24", "2020-13-01", "2020-1", "10-3", "Only 5 may come",
        "May 5 people enter?", "We march 5 miles", "Mar the view", "I may 10", "Jan said", "Sun Microsystems",
        "The Sun rose", "He sat 3 hours", "Mon ami", "by Sun Microsystems", "100s of people", "timeout 30s",
        "for 30s", "747s", "5 AD 7 b", "the CE mark", "the BC coast", "Q9 2024", "FYI 24", "H2 gas", "Q3",
        "1/4-1/2 inch", "5-7 people", "the 3/4/5 rule", "Room 5/6/7", "AD converters", "1990-1995", "12/25",
        "score 3/4", "rated 05/10", "192.168.05.24", "2020-01-05-rc1", "the 501s", "In June 20 shops closed",
        "In May 3 million people came", "in May 1,000 came", "5 May Street", "1000s of people", "the 30s timeout",
        "U+000CE", "AD87", "the terminal from Sun has",
    ],
)  # fmt: skip
def test_no_date(text: str) -> None:
    assert US.apply(Traced.of(text)) == text
    if "24/7" not in text:
        assert GB.apply(Traced.of(text)) == text
