"""Plain numbers: cardinals, years, ordinals, decimals, signs, powers."""

import random

import pytest
from support.reading import words

from steadyvoice.workers.text.english import fractions, numbers, ranges, roman
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced

CARDINALS = [
    ("In room 12 100 people", "in room twelve one hundred people"),
    ("We sold 7 chairs.", "we sold seven chairs"),
    ("It took 45 minutes", "it took forty five minutes"),
    ("I counted 112 steps.", "i counted one hundred twelve steps"),
    ("A list of 1234 names", "a list of one thousand two hundred thirty four names"),
    ("She has 12,500 readers.", "she has twelve thousand five hundred readers"),
    ("1,230,045 of them.", "one million two hundred thirty thousand forty five of them"),
    ("About 25 000 runners", "about twenty five thousand runners"),
    ("About 25\u202f000 runners", "about twenty five thousand runners"),
    ("About 3\u00a0400\u00a0000 birds", "about three million four hundred thousand birds"),
    ("It has 2'500 parts", "it has two thousand five hundred parts"),
    ("It has 2’500 parts", "it has two thousand five hundred parts"),
    ("A crowd of 2,50,000 came", "a crowd of two hundred fifty thousand came"),
    ("Some 12,34,567 votes", "some one million two hundred thirty four thousand five hundred sixty seven votes"),
    ("Count: 1 2 3", "count one two three"),
    ("They are 10 20 300", "they are ten twenty three hundred"),
    ("In 1999 300 people left", "in nineteen ninety nine three hundred people left"),
    ("The key 0042 works", "the key zero zero four two works"),
    ("agent 007", "agent zero zero seven"),
    ("0 errors", "zero errors"),
    ("Exactly 1000000000 of them", "exactly one billion of them"),
    ("12345678901234", "one two three four five six seven eight nine zero one two three four"),
    ("We counted 300, 400 and 500.", "we counted three hundred four hundred and five hundred"),
    ("Chapter 12: the end", "chapter twelve the end"),
    ("It is 5.", "it is five"),
    ("five apples", "five apples"),
    ("٤٢", "forty two"),
]  # fmt: skip
YEARS = [
    ("between 1200 and 1500 euros", "between one thousand two hundred and one thousand five hundred euros"),
    ("the 1950-year-old tree", "the one thousand nine hundred fifty year old tree"),
    ("In 1984 he left.", "in nineteen eighty four he left"),
    ("since 2005", "since two thousand five"),
    ("from 1939 to 1945", "from nineteen thirty nine to nineteen forty five"),
    ("between 1914 and 1918", "between nineteen fourteen and nineteen eighteen"),
    ("the summer of 1969 was hot", "the summer of nineteen sixty nine was hot"),
    ("by 2030 we will", "by twenty thirty we will"),
    ("in 1066, the Normans", "in ten sixty six the normans"),
    ("The 2024 election", "the twenty twenty four election"),
    ("(Smith, 2019)", "smith twenty nineteen"),
    ("in 1990, 1995 and 2001", "in nineteen ninety nineteen ninety five and two thousand one"),
    ("2024 was warm.", "twenty twenty four was warm"),
    ("© 2021 by the authors", None),
    ("a list of 1500 names", "a list of one thousand five hundred names"),
    ("a total of 1984", "a total of one thousand nine hundred eighty four"),
    ("in 1500 cases", "in one thousand five hundred cases"),
    ("from 1500 to 3000", "from one thousand five hundred to three thousand"),
    ("It grew by 1200", "it grew by one thousand two hundred"),
    ("1850 people live here", "one thousand eight hundred fifty people live here"),
    ("in room 1984", "in room one thousand nine hundred eighty four"),
    ("since 1,984", "since one thousand nine hundred eighty four"),
    ("about 2000 people", "about two thousand people"),
    ("of 2500", "of two thousand five hundred"),
    ("we have 1750 left", "we have one thousand seven hundred fifty left"),
]
DECIMALS = [
    ("1 234 567,89", "one million two hundred thirty four thousand five hundred sixty seven point eight nine"),
    ("It is 3.14 now", "it is three point one four now"),
    ("0.05 of it", "zero point zero five of it"),
    ("a share of .75", "a share of point seven five"),
    ("Take .5 of it", "take point five of it"),
    ("(.25)", "point two five"),
    ("Version 3.0 came", "version three point zero came"),
    ("at 2.50 each", "at two point five zero each"),
    ("Python 3.12 and", "python three point twelve and"),
    ("see section 4.11 for", "see section four point eleven for"),
    ("see section 4.11.2 for", "see section four point eleven point two for"),
    ("Ubuntu 24.04", "ubuntu twenty four point zero four"),
    ("the mean is 3.10", "the mean is three point one zero"),
    ("1,234.5 of them", "one thousand two hundred thirty four point five of them"),
    ("1.234,56 of them", "one thousand two hundred thirty four point five six of them"),
    ("1.234.567 in all", "one million two hundred thirty four thousand five hundred sixty seven in all"),
    ("It rose to 37,5 today", "it rose to thirty seven point five today"),
    ("The factor is 0,125 here", "the factor is zero point one two five here"),
    ("1,5 times as long", "one point five times as long"),
    ("It stopped at 5.", "it stopped at five"),
    ("He waited...5 came", "he waited five came"),
    ("The end.5 came", "the end five came"),
    ("1e6 cells", "one times ten to the power of six cells"),
    ("6.02E23 of them", "six point zero two times ten to the power of twenty three of them"),
    ("an error of 1.5e-05", "an error of one point five times ten to the power of minus five"),
    ("12,345 and 6", "twelve thousand three hundred forty five and six"),
]
ORDINALS = [
    ("the 1st time", "the first time"),
    ("the 2nd, 3rd and 4th", "the second third and fourth"),
    ("on the 22nd floor", "on the twenty second floor"),
    ("the 11th hour", "the eleventh hour"),
    ("the 100th", "the one hundredth"),
    ("the 1,000th visitor", "the one thousandth visitor"),
    ("the 5TH AVENUE", "the fifth avenue"),
    ("a 19th-century house", None),
    ("the 1ˢᵗ prize", "the first prize"),
    ("the 3ʳᵈ prize", "the third prize"),
    ("two 5ths", "two fifths"),
    ("the 0th item", "the zeroth item"),
    ("3 rd", "three rd"),
    ("5thing", "five thing"),
    ("2nds2", None),
    ("21st.", "twenty first"),
    ("all the 747s", "all the seven hundred forty sevens"),
    ("100s of birds", "hundreds of birds"),
    ("the 4s and 6s", "the fours and sixes"),
]
SIGNS = [
    ("It was -5 there", "it was minus five there"),
    ("It was −5 there", "it was minus five there"),
    ("It fell to –7 there", "it fell to minus seven there"),
    ("-40", "minus forty"),
    ("(-3)", "minus three"),
    ("a gain of +12", "a gain of plus twelve"),
    ("within ±2", "within plus or minus two"),
    ("-.5", "minus point five"),
    ("~50 people", "about fifty people"),
    ("~1,200 rows", "about one thousand two hundred rows"),
    ("50+ years", "fifty plus years"),
    ("90%+ of us", "ninety percent plus of us"),
    ("only 5%", "only five percent"),
    ("only 5 % of", "only five percent of"),
    ("-2.5% today", "minus two point five percent today"),
    ("+3% today", "plus three percent today"),
    ("about 3‰", "about three per mille"),
    ("up 2 pp", "up two percentage points"),
    ("up 1 pp.", "up one percentage point"),
    ("<5 left", "less than five left"),
    (">10 users", "more than ten users"),
    ("≥18 only", "greater than or equal to eighteen only"),
    ("#5 of them", "number five of them"),
    ("№ 7", "number seven"),
    ("10x faster", "ten times faster"),
    ("a 10x engineer", "a ten x engineer"),
    ("repeat ×10", "repeat times ten"),
    ("we <3 you", None),
    ("F-16", "f sixteen"),
    ("a 7-year-old", "a seven year old"),
    ("the Covid-19 years", "the covid nineteen years"),
    ("- 5 apples", "five apples"),
    ("well-known", "well known"),
    ("A – 5 – B", None),
]
SCALES = [
    ("10k users", "ten thousand users"),
    ("10K users", "ten thousand users"),
    ("1.5M downloads", "one point five million downloads"),
    ("2M users", "two million users"),
    ("3.2B people", "three point two billion people"),
    ("3bn people", "three billion people"),
    ("3 bn people", "three billion people"),
    ("a 7B parameters model", "a seven billion parameters model"),
    ("1.5T tokens", "one point five trillion tokens"),
    ("12.5k", "twelve point five thousand"),
    ("100k+ views", "one hundred thousand plus views"),
    ("~10k lines", "about ten thousand lines"),
    ("a 4K screen", "a four k screen"),
    ("a 5k run", "a five k run"),
    ("seat 3B", "seat three b"),
    ("size M", "size m"),
    ("10km", None),
]
POWERS = [
    ("5² is 25", "five squared is twenty five"),
    ("2³", "two cubed"),
    ("10⁶ cells", "ten to the power of six cells"),
    ("10⁻³ of it", "ten to the power of minus three of it"),
    ("1.5×10⁻³", "one point five times ten to the power of minus three"),
    ("x² + 1", "x squared plus one"),
    ("y³", "y cubed"),
    ("E = mc²", None),
    ("(a)²", "a squared"),
    ("2^10", "two to the power of ten"),
    ("x^2", "x squared"),
    ("2^(-3)", "two to the power of minus three"),
    ("10^{12}", "ten to the power of twelve"),
    ("2ⁿ", "two to the power of n"),
    ("a theory² of it", "a theory of it"),
    ("It ended.³", "it ended"),
    ("H₂O", "h two o"),
    ("CO₂ levels", "c o two levels"),
    ("x₁ and x₂", "x one and x two"),
    ("π²", None),
    ("Use ^ here", None),
    ("^5 and", None),
]


@pytest.mark.parametrize(("text", "reading"), [*CARDINALS, *YEARS, *DECIMALS, *ORDINALS, *SIGNS, *SCALES, *POWERS])
def test_reading(text: str, reading: str | None) -> None:
    said = words(text)
    assert reading is None or said == reading
    assert not any(map(str.isnumeric, said))


PIECES = [*"0123456789.,:;/-–−+*=<>%#~±^²⁻½₂×xkMBeI()[]' \u202f", "st", "th", " in ", " of ", "1984", "000", "IV", "pp"]


def test_no_digit_remains_of_any_text() -> None:
    rules = RuleSet([*ranges.RULES, *fractions.RULES, *roman.RULES, *numbers.RULES])
    choose = random.Random(1)
    for _ in range(2000):
        text = "".join(choose.choices(PIECES, k=choose.randint(1, 30)))
        assert not any(map(str.isnumeric, rules.apply(Traced.of(text)))), text
