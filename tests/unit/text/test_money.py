"""Amounts of money."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import money
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$7", "seven dollars"),
        ("$1", "one dollar"),
        ("7$", "seven dollars"),
        ("7 €", "seven euros"),
        ("€7,25", "seven euros and twenty five cents"),
        ("£2.5", "two pounds and fifty pence"),
        ("$2.05", "two dollars and five cents"),
        ("$1.01", "one dollar and one cent"),
        ("$2.00", "two dollars"),
        ("$0.08", "eight cents"),
        ("$.75", "seventy five cents"),
        ("$0.00", "zero dollars"),
        ("$8.500", "eight dollars and fifty cents"),
        ("$8.000", "eight dollars"),
        ("$70.020", "seventy dollars and two cents"),
        ("$0.030", "three cents"),
        ("£1.2500", "one pound and twenty five pence"),
        ("$1.3450", "one point three four five dollars"),
        ("$2.799", "two point seven nine nine dollars"),
        ("$0.0025", "zero point zero zero two five dollars"),
        ("$12,345.67", "twelve thousand three hundred forty five dollars and sixty seven cents"),
        ("1.234,50 €", "one thousand two hundred thirty four euros and fifty cents"),
        ("1.500 €", "one thousand five hundred euros"),
        ("€1 500", "one thousand five hundred euros"),
        ("-$7", "minus seven dollars"),
        ("$-7", "minus seven dollars"),
        ("−$7.50", "minus seven dollars and fifty cents"),
        ("+$7", "plus seven dollars"),
        ("Net income was ($7,000).", "net income was minus seven thousand dollars"),
        ("US$7", "seven u s dollars"),
        ("C$7", "seven canadian dollars"),
        ("A$7", "seven australian dollars"),
        ("HK$7", "seven hong kong dollars"),
        ("USD 7", "seven u s dollars"),
        ("7 EUR", "seven euros"),
        ("CHF 30", "thirty swiss francs"),
        ("7GBP", "seven pounds"),
        ("¥700", "seven hundred yen"),
        ("₹700", "seven hundred rupees"),
        ("₩700", "seven hundred won"),
        ("₽700", "seven hundred rubles"),
        ("฿700", "seven hundred baht"),
        ("7 zł", "seven zlotys"),
        ("30 kr", "thirty kroner"),
        ("Rs. 700", "seven hundred rupees"),
        ("40¢", "forty cents"),
        ("1¢", "one cent"),
        ("40p", "forty pence"),
        ("~$7", "about seven dollars"),
    ],
)
def test_amounts(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$7k", "seven thousand dollars"),
        ("$7K", "seven thousand dollars"),
        ("$4.2bn", "four point two billion dollars"),
        ("$1.5M", "one point five million dollars"),
        ("£30m", "thirty million pounds"),
        ("£30 m", "thirty million pounds"),
        ("€3mn", "three million euros"),
        ("$2T", "two trillion dollars"),
        ("¥60 b", "sixty billion yen"),
        ("$3 b in debt", "three billion dollars in debt"),
        ("$5 b-sides", "five dollars b sides"),
        ("$5 bags", "five dollars bags"),
        ("£3/d for lunch", "three pounds per day for lunch"),
        ("$2 trillion", "two trillion dollars"),
        ("4.2 billion €", "four point two billion euros"),
        ("USD 7 million", "seven million u s dollars"),
        ("¥5B", "five billion yen"),
        ("-$2.5M", "minus two point five million dollars"),
        ("$1 million", "one million dollars"),
        ("$30-$40", "thirty dollars to forty dollars"),
        ("$30-40", "thirty to forty dollars"),
        ("$3–4k", "three to four thousand dollars"),
        ("$3k-$4k", "three thousand dollars to four thousand dollars"),
        ("$1.50-$2.50", "one dollar and fifty cents to two dollars and fifty cents"),
        ("$1.5-2 million", "one point five to two million dollars"),
        ("5–10 €", "five to ten euros"),
        ("EUR 5-10", "five to ten euros"),
        ("€900K – €1.2M", "nine hundred thousand euros to one point two million euros"),
        ("$4-$5 million", "four to five million dollars"),
        ("$900-$1.2k", "nine hundred dollars to one point two thousand dollars"),
        ("$7/kg", "seven dollars per kilogram"),
        ("$30/hr", "thirty dollars per hour"),
        ("$0.12/kWh", "twelve cents per kilowatt hour"),
        ("$9/mo", "nine dollars per month"),
        ("$9/user/month", "nine dollars per user per month"),
        ("$7 per kg", "seven dollars per kilogram"),
        ("$10 per month", "ten dollars per month"),
        ("$7USD", "seven u s dollars"),
        ("$7 million dollars", "seven million dollars"),
        ("£900pcm", "nine hundred pounds per calendar month"),
        ("a pair of $20s", "a pair of twenties"),
        ("₹7,00,000", "seven hundred thousand rupees"),
        ("$2/M tokens", "two dollars per million tokens"),
        ("a $9-a-day plan", "a nine dollar a day plan"),
        ("a $7 ticket", "a seven dollar ticket"),
        ("a $7 million deal", "a seven million dollar deal"),
        ("the $7 million deal", "the seven million dollar deal"),
        ("the $7 he owes", "the seven dollars he owes"),
        ("a $10-$20 fee", "a ten to twenty dollar fee"),
        ("a $7 off coupon", "a seven dollars off coupon"),
        ("$20 bills", "twenty dollar bills"),
        ("the $5-million house", "the five million dollar house"),
    ],
)
def test_magnitudes_ranges_and_rates(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "$HOME", "$x", "a$b", "$", "costs $ 5,", "EUR", "in USD today", "ALL 5 of them", "TRY 5 TIMES", "1080p",
        "720p video", "p 50", "5 people", "$1a", "$5x", "5€x", "R2D2", "pp. 50", "10 K run", "20 kroner", "3 Rs and",
        "5 B", "the kr", "bash$1", "$$5", "KR 5", "5 krill", "A$AP", "USD", "abc$5def", "p50", "40 p", "12,5,7",
        "5 m", "€", "£x", "MAD 5", "8080 $ python", "02AED",
    ],
)  # fmt: skip
def test_no_money(text: str) -> None:
    changed = RuleSet(money.RULES).apply(Traced.of(text))
    assert changed == text or text in ("costs $ 5,",)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("Lunch ($7) was good.", "minus"), ("We need $7 a week.", "a hundred"), ("$5 t-shirts", "trillion")],
)
def test_no_more_than_is_written(text: str, kept: str) -> None:
    assert kept not in words(text)
