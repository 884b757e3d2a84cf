"""Street addresses, states and postal codes of the United States."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import places
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("1836 Birch St", "eighteen thirty six birch street"),
        ("He lives at 3417 Old Mill Rd now", "he lives at thirty four seventeen old mill road now"),
        ("406 Cedar Ave", "four zero six cedar avenue"),
        ("241 Cedar Avenue", "two forty one cedar avenue"),
        ("1200 Bay Blvd.", "twelve hundred bay boulevard"),
        ("300 Bay Blvd", "three hundred bay boulevard"),
        ("2005 Lake Ct", "twenty zero five lake court"),
        ("2000 Lake Drive", "two thousand lake drive"),
        ("14 St Anne Rd", "fourteen saint anne road"),
        ("9 Dr. King Blvd", "nine doctor king boulevard"),
        ("17403 Palm Pkwy", "one seven four zero three palm parkway"),
        ("(512 Hill hwy)", "five twelve hill highway"),
        ("77 SUNSET BLVD", "seventy seven sunset boulevard"),
        ("1140 Rio Expy, Suite 5", "eleven forty rio expressway suite five"),
        ("835 W 3rd Ave", "eight thirty five west third avenue"),
        ("26 N. 42nd st", "twenty six north forty second street"),
        ("1600 Penn Ave NW, Room 2", "sixteen hundred penn avenue northwest room two"),
        ("450 SE Lake of the Woods Rd", "four fifty southeast lake of the woods road"),
        ("on W 57th St.", "on west fifty seventh street"),
        ("221B Baker Street", "two twenty one b baker street"),
        ("10 Downing Street", "ten downing street"),
        ("P.O. Box 1482", "p o box fourteen eighty two"),
        ("12 Oak St, Apt 4B", "twelve oak street apartment four b"),
        ("12 Oak St Ste 210", "twelve oak street suite two hundred ten"),
        ("K St NW and Oak Ave SE", "k street northwest and oak avenue southeast"),
        ("the 2100 block of Oak St.", "the twenty one hundred block of oak street"),
        ("take Hwy 61", "take highway sixty one"),
    ],
)
def test_streets(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("She left 1836 Birch St. It was cold.", "She left eighteen thirty six Birch street. It was cold."),
        ("Come to 5 Birch St. Bring food.", "Come to five Birch street. Bring food."),
        ("Meet on Fifth Ave. We can eat.", "Meet on Fifth avenue. We can eat."),
        ("He joined Acme Inc. She did not.", "He joined Acme incorporated. She did not."),
        ("at 12 Oak St.", "at twelve Oak street."),
        ("Come to Birch St. It is late.", "Come to Birch street. It is late."),
        ("Mount St. Helens erupted.", "Mount saint Helens erupted."),
        ("12 Oak St. Boston", "twelve Oak street Boston"),
        ("Main St. and Oak Rd.", "Main street and Oak road."),
        ("Ann Lee Jr. Day is here", "Ann Lee junior Day is here"),
    ],
)
def test_a_stop_that_ends_the_sentence_stays(text: str, said: str) -> None:
    assert spoken(text, "en-US") == said


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Salem, OR 97301", "salem oregon nine seven three zero one"),
        ("in Salem, OR.", "in salem oregon"),
        ("Tulsa, OK 74103-0012.", "tulsa oklahoma seven four one zero three zero zero one two"),
        ("Gary, IN, 46402", "gary indiana four six four zero two"),
        ("Reno NV 89501", "reno nevada eight nine five zero one"),
        ("MIAMI, FL 33101", "miami florida three three one zero one"),
        ("They moved from Bath, ME to Hilo, HI.", "they moved from bath maine to hilo hawaii"),
        ("Little Town, NY", "little town new york"),
        ("Erie, PA", "erie pennsylvania"),
        ("Austin, TX, is hot", "austin texas is hot"),
        ("Washington, DC 20500", "washington d c two zero five zero zero"),
        ("Boston, Mass., and Jackson, Miss.", "boston massachusetts and jackson mississippi"),
        ("in Spokane, Wash., today", "in spokane washington today"),
        ("Peoria, Ill. and Dover, Del. voted", "peoria illinois and dover delaware voted"),
        ("Fresno, Calif.", "fresno california"),
        ("Portland, Oregon 97201", "portland oregon nine seven two zero one"),
        ("San Jose, California, 95101", "san jose california nine five one zero one"),
    ],
)
def test_states(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("a Catholic Mass.", "a catholic mass"),
        ("Yes, Miss.", "yes miss"),
        ("He fell ill.", "he fell ill"),
        ("Pa. said so", "pa said so"),
        ("Ask John, OK?", "ask john o k"),
        ("Stop by Monday, OR we leave", "stop by monday or we leave"),
        ("TEA, COFFEE, OR MILK", "tea coffee or milk"),
        ("Jane Brown, MD", "jane brown m d"),
        ("Ward, SC; Lee, CT (1999)", "ward s c lee c t nineteen ninety nine"),
        ("Dhanush, AR Rahman", "dhanush a r rahman"),
        ("Come IN, please", "come in please"),
        ("the AL and CA regions", "the a l and c a regions"),
        ("In 2005 Wall Street fell", "in two thousand five wall street fell"),
        ("2500 people", "two thousand five hundred people"),
        ("836 Birch trees", "eight hundred thirty six birch trees"),
        ("On May 12 St. John's opened", "on may twelfth saint john's opened"),
        ("the 12 Main Streets", "the twelve main streets"),
        ("In California 20000 people", "in california twenty thousand people"),
        ("row N and row S", "row n and row s"),
        ("plan E Main", "plan e main"),
        ("1st st", "first st"),
        ("the main st", "the main st"),
        ("Main St Bakery", "main st bakery"),
        ("a 2100 block", "a two thousand one hundred block"),
        ("Street NW", "street n w"),
    ],
)
def test_no_place(text: str, reading: str) -> None:
    assert words(text) == reading


def test_time_is_linear() -> None:
    for text in ("1 A " * 70, "12 " * 93, "N " * 140, "St " * 93, "A, CA " * 46, "1 of " * 56):
        RuleSet(places.RULES).apply(Traced.of(text))
