"""Serial numbers, versions, codes of letters and digits."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import serials
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Use v2.13.0 now.", "use version two point thirteen point zero now"),
        ("version v2.1", "version two point one"),
        ("v2", "version two"),
        ("3.11.7-rc1", "three point eleven point seven release candidate one"),
        ("Python 3.10 is", "python three point ten is"),
        ("We run Python 3.10.", "we run python three point ten"),
        ("Version 2.0 is out", "version two point zero is out"),
        ("Ubuntu 22.04", "ubuntu twenty two point zero four"),
        ("See section 1.10 of it", "see section one point ten of it"),
        ("release 1.2.3", "release one point two point three"),
        (
            "Chrome 120.0.6099.109",
            "chrome one hundred twenty point zero point six thousand ninety nine point one hundred nine",
        ),
        ("release 4.0b2", "release four point zero beta two"),
        ("figure 3.12 shows", "figure three point twelve shows"),
        ("USB 3.0 port", "u s b three point zero port"),
        ("Python 2.7 or 3.12", "python two point seven or three point twelve"),
        ("versions 1.0 and 2.0", "versions one point zero and two point zero"),
        ("Python 3.9-3.12", "python three point nine to three point twelve"),
    ],
)
def test_versions(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Room B15, gate C7, seat 21D.", "room b fifteen gate c seven seat twenty one d"),
        ("ABC-1234", "a b c one two three four"),
        ("X9Z4", "x nine z four"),
        ("COVID-19 and Covid19", "covid nineteen and covid nineteen"),
        ("H2O and CO2", "h two o and c o two"),
        ("an mp3 file", "an m p three file"),
        ("4K video in 3D over 5G", "four k video in three d over five g"),
        ("i18n and k8s", "i eighteen n and k eight s"),
        ("F-16 and B-52", "f sixteen and b fifty two"),
        ("A4 paper, M1 chip", "a four paper m one chip"),
        ("Boeing 747.", "boeing seven forty seven"),
        ("an A320", "an a three twenty"),
        ("flight BA 117", "flight b a one one seven"),
        ("MH370", "m h three seventy"),
        ("RTX 4090 card", "r t x forty ninety card"),
        ("0x1F", "zero x one f"),
        ("commit 6cf0600", "commit six c f zero six zero zero"),
        ("R2-D2", "r two d two"),
        ("B2B sales", "b two b sales"),
        ("G20", "g twenty"),
        ("UTF-8", "u t f eight"),
        ("utf8 text", "u t f eight text"),
        ("unit 4B", "unit four b"),
        ("plate AB12 CDE", "plate a b one two c d e"),
        ("a Ford F-150", "a ford f one fifty"),
        ("CaCO3 and C6H12O6", "c a c o three and c six h twelve o six"),
        ("RFC 2616", "r f c twenty six sixteen"),
        ("1080p video", "ten eighty p video"),
        ("fig. 2b, apartment 4a", "figure two b apartment four a"),
        ("221B Baker Street", "two twenty one b baker street"),
        ("H.264", "h two sixty four"),
        ("CVE-2024-24576", "c v e twenty twenty four two four five seven six"),
        ("the I-95 and US-101", "the i ninety five and u s one oh one"),
        ("int8 and sha256", "int eight and sha two fifty six"),
        ("7ABC123", "seven a b c one two three"),
        ("123e4567-e89b-12d3-a456-426614174000",
         "one two three e four five six seven e eight nine b one two d three a four five six "
         "four two six six one four one seven four zero zero zero"),
    ],
)  # fmt: skip
def test_codes(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("ISBN 978-3-16-148410-0", "i s b n nine seven eight three one six one four eight four one zero zero"),
        ("Your code is 048213.", "your code is zero four eight two one three"),
        ("Your code is 482913.", "your code is four eight two nine one three"),
        ("zip code 90210", "zip code nine zero two one zero"),
        ("account number 12345678", "account number one two three four five six seven eight"),
        ("the number 0042", "the number zero zero four two"),
        ("GB29 NWBK 6016 1331 92", "g b two nine n w b k six zero one six one three three one nine two"),
        ("order #12345", "order number one two three four five"),
        ("Tracking number: 9400100000", "tracking number nine four zero zero one zero zero zero zero zero"),
    ],
)
def test_digits_one_by_one(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("2-518-rk-d-4-7", "two five hundred eighteen r k d four seven"),
        ("SKX-42/718203-qrtv", "s k x forty two seven one eight two zero three q r t v"),
        ("8-6-Kp", "eight six k p"),
        ("part 12/AB-7.", "part twelve a b seven"),
        ("F-16/F-18 jets", "f sixteen f eighteen jets"),
        ("lot 03-XQ-11", "lot zero three x q eleven"),
        ("TR4-09/b2", "t r four zero nine b two"),
        ("case 118/402915/2019", "case one hundred eighteen four zero two nine one five twenty nineteen"),
        ("file 7/83016/4", "file seven eight three zero one six four"),
        ("COVID-19/H5N1 tests", "covid nineteen h five n one tests"),
        ("ACME-7/K2", "acme seven k two"),
        ("a 501(c)(3) group", "a five oh one c three group"),
        ("403(b) plans", "four oh three b plans"),
        ("section 4(b), part 12(d)(2)", "section four b part twelve d two"),
        ("y = 3(x)", "y equals three x"),
        ("2(a + b)", "two a plus b"),
        ("item 5(s)", "item five s"),
        ("an A320neo", "an a three twenty neo"),
        ("B777x", "b seven seventy seven x"),
        ("an A350ish jet", "an a three fifty ish jet"),
        ("Q407max", "q four oh seven max"),
        ("group 31/45/100", "group thirty one forty five one hundred"),
        ("the 3/4/5 rule", "the three four five rule"),
        ("room 5/6/7/8", "room five six seven eight"),
        ("lot 04/18/99/2", "lot zero four eighteen ninety nine two"),
        ("40/40/20", "forty forty twenty"),
        ("on 3/4/2025", "on march fourth twenty twenty five"),
        ("3/4 of it", "three quarters of it"),
        ("a 3-in-1 tool", "a three in one tool"),
        ("a 2-in-1", "a two in one"),
        ("a 12-in ruler", "a twelve inch ruler"),
        ("form 10-K/A", "form ten k a"),
        ("a 10-Q/A filing", "a ten q a filing"),
        ("D4K17M", "d four k seventeen m"),
        ("xq1cd22", "x q one c d twenty two"),
        ("a WH-3000XR headset", "a w h three thousand x r headset"),
        ("plan t4000", "plan t four thousand"),
        ("a 18-year-old", "a eighteen year old"),
        ("a 3-for-1 sale", "a three for one sale"),
        ("9-to-5 jobs", "nine to five jobs"),
        ("6-foot-3", "six foot three"),
        ("n/2-k", "n slash two k"),
        ("a 1/2-lb bag", "a half a pound bag"),
        ("9/11-like", "nine eleven like"),
        ("12-Jan-2024", "the twelfth of january twenty twenty four"),
        ("24/7/365", "twenty four seven three sixty five"),
    ],
)
def test_joined_codes(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("the card ending in 4417", "the card ending in four four one seven"),
        ("My account ends in 1985.", "my account ends in one nine eight five"),
        ("a phone number ending with 301", "a phone number ending with three zero one"),
        ("the last four digits are 6620", "the last four digits are six six two zero"),
        ("last 4 digits: 0061", "last four digits zero zero six one"),
        ("a war ending in 1945", "a war ending in nineteen forty five"),
        ("It ends in 20 minutes", "it ends in twenty minutes"),
        ("weeks ending in 2500 tears", "weeks ending in two thousand five hundred tears"),
        ("a 401(k) plan", "a four oh one k plan"),
        ("serial number: QX-482", "serial number q x four eight two"),
        ("Serial KD47 works", "serial k d four seven works"),
        ("Enter code BT30 now", "enter code b t three zero now"),
        ("promo code SAVE20", "promo code save twenty"),
        ("barcode 490123456789", "barcode four nine zero one two three four five six seven eight nine"),
        ("P/N 4410-27", "p n four four one zero two seven"),
        ("ISSN 2049-3630", "i s s n two zero four nine three six three zero"),
        ("pages 2049-3630", "pages two thousand forty nine to three thousand six hundred thirty"),
        ("order number 77-1240", "order number seven seven one two four zero"),
    ],
)
def test_digits_by_context(text: str, reading: str) -> None:
    assert words(text) == reading


@pytest.mark.parametrize(
    "text",
    [
        "30s", "1st", "2nd", "the 1990s", "90s", "5min", "3pm", "10k", "2x4", "100mA", "10K", "5M", "$5B", "7-Eleven",
        "24-hour", "5-year-old", "50-page", "mid-1990s", "18-year-old", "3.14", "It is 3.5 long", "10:30", "1,000",
        "4-4-2", "2024-05-06", "12-31-2024", "5-4-3-2-1", "room 405", "Route 66", "1.234.567", "12.05.2024", "decade",
        "accede", "defaced", "0.5", "0", "007", "10-20", "555-1234", "one-to-one", "I can code 1000 lines", "1e10",
        "don't", "order 10000 units", "we're", "20°C", "5'11", "x-ray", "vs", "5 v 6", "9-to-5", "the EU 27",
        "#42", "order 66", "2b or not", "grade 5", "in 1080", "3a",
    ],
)  # fmt: skip
def test_no_code(text: str) -> None:
    assert RuleSet(serials.RULES).apply(Traced.of(text)) == text


def test_time_is_linear() -> None:
    for text in ("a1" * 140, "1a" * 140, "A-" * 140, "1-" * 140, "1." * 140, "0" * 280, "deadbeef" * 35, "A1-" * 90):
        RuleSet(serials.RULES).apply(Traced.of(text))
