"""Fractions, x of y, ratings, ratios."""

import pytest
from support.reading import words

FRACTIONS = [
    ("5/1,000", "five thousandths"),
    ("2019/1.5", "two thousand nineteen over one point five"),
    ("1/100 second", "one hundredth second"),
    ("a 50/50 split", "a fifty fifty split"),
    ("the 80/20 rule", "the eighty twenty rule"),
    ("24/7/365", "twenty four seven three sixty five"),
    ("1/2 cup", "one half cup"),
    ("3/4 of it", "three quarters of it"),
    ("2/3 full", "two thirds full"),
    ("7/16 wide", "seven sixteenths wide"),
    ("a 5/8 bolt", "a five eighths bolt"),
    ("5/32 wide", "five thirty seconds wide"),
    ("a 1/4 mile", "a quarter mile"),
    ("3/10 of an inch", "three tenths of an inch"),
    ("1 1/2 cups", "one and a half cups"),
    ("1-1/2 cups", "one and a half cups"),
    ("3 5/8 wide", "three and five eighths wide"),
    ("10 3/4 miles", None),
    ("½ cup", "one half cup"),
    ("⅓ of it", "one third of it"),
    ("2¾ cups", "two and three quarters cups"),
    ("2 ½ cups", "two and a half cups"),
    ("1⁄3 of it", "one third of it"),
    ("a ½ mile", "a half mile"),
    ("1/20th of it", "one twentieth of it"),
    ("2/5ths of it", "two fifths of it"),
    ("22/7 is near", "twenty two sevenths is near"),
    ("½% more", None),
    ("and/or", None),
    ("either/or 5", None),
    ("120/80", "one hundred twenty over eighty"),
    ("open 24/7", "open twenty four seven"),
    ("the 2023/24 season", "the twenty twenty three twenty four season"),
    ("10 / 2", "ten divided by two"),
    ("1/0", None),
    ("3 apples 1/2 eaten", "three apples one half eaten"),
    ("a/3", None),
]
SHARES = [
    ("It is 3/4 done.", "it is three quarters done"),
    ("10/12 tests passed", "ten out of twelve tests passed"),
    ("She scored 5/6.", "she scored five out of six"),
    ("[3/12] Linking", "three of twelve linking"),
    ("Copying (7/9)", "copying seven of nine"),
    ("Step 2/5", "step two of five"),
    ("page 3/10", "page three of ten"),
    ("10/10 would go again", "ten out of ten would go again"),
    ("It was 5/5.", "it was five out of five"),
    ("Rated 4/5", "rated four out of five"),
    ("4/5 stars", "four out of five stars"),
    ("4.5/5 stars", "four point five out of five stars"),
    ("I give it 8/10", "i give it eight out of ten"),
    ("a score of 85/100", "a score of eighty five out of one hundred"),
    ("137/192 passed", "one hundred thirty seven out of one hundred ninety two passed"),
    ("9 of 10", "nine of ten"),
    ("9/10 of the time", "nine tenths of the time"),
    ("4/5 of us", "four fifths of us"),
    ("(3/4 full)", "three quarters full"),
    ("3/4", "three quarters"),
    ("a 3/4 view", "a three quarters view"),
    ("http 5/x", None),
    ("1/2/3", None),
]
RATIOS = [
    ("Genesis 1:1", "genesis one one"),
    ("a ratio of 3 : 2", "a ratio of three to two"),
    ("odds of 3:1", "odds of three to one"),
    ("a 16:9 screen", "a sixteen to nine screen"),
    ("4:3", "four to three"),
    ("a 1:1 mix", "a one to one mix"),
    ("mix 3:2:1", "mix three to two to one"),
    ("a scale of 1:1,000", "a scale of one to one thousand"),
    ("a ratio of 2.5:1", "a ratio of two point five to one"),
    ("Note: 3", "note three"),
    ("3: the third", "three the third"),
    ("of these:3", "of these three"),
]


@pytest.mark.parametrize(("text", "reading"), [*FRACTIONS, *SHARES, *RATIOS])
def test_reading(text: str, reading: str | None) -> None:
    said = words(text)
    assert reading is None or said == reading
    assert not any(map(str.isnumeric, said))
