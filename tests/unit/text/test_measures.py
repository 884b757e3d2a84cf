"""Numbers with a unit."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import measures
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7 kg", "seven kilograms"),
        ("1 kg", "one kilogram"),
        ("0.5 kg", "zero point five kilograms"),
        (".5 mg", "point five milligrams"),
        ("12,5 kg", "twelve point five kilograms"),
        ("1,250 km", "one thousand two hundred fifty kilometers"),
        ("10 000 km", "ten thousand kilometers"),
        ("200mA", "two hundred milliamperes"),
        ("3.3V", "three point three volts"),
        ("12 V, 5 A", "twelve volts five amperes"),
        ("60 W", "sixty watts"),
        ("4.7 kΩ", "four point seven kiloohms"),
        ("10 µm", "ten micrometers"),
        ("10 μs", "ten microseconds"),
        ("2.4 GHz", "two point four gigahertz"),
        ("101 kPa", "one hundred one kilopascals"),
        ("16 GB", "sixteen gigabytes"),
        ("16GiB", "sixteen gibibytes"),
        ("1 MB", "one megabyte"),
        ("100 Mbps", "one hundred megabits per second"),
        ("90 MB/s", "ninety megabytes per second"),
        ("2 L", "two liters"),
        ("250 ml", "two hundred fifty milliliters"),
        ("6 ft 2 in", "six feet two inches"),
        ("1 ft", "one foot"),
        ("9 in. long", "nine inches long"),
        ("8 lbs", "eight pounds"),
        ("8 oz", "eight ounces"),
        ("12 fl oz", "twelve fluid ounces"),
        ("5 Å", "five angstroms"),
        ("60 mph", "sixty miles per hour"),
        ("30 psi", "thirty pounds per square inch"),
        ("20 m", "twenty meters"),
        ("5 mAh", "five milliampere hours"),
        ("5 kWh", "five kilowatt hours"),
        ("-40 dB", "minus forty decibels"),
        ("300 K", "three hundred kelvins"),
        ("8%", "eight percent"),
        ("−8 %", "minus eight percent"),
        ("5'9\"", "five feet nine inches"),
        ("He's 5'11.", "he's five feet eleven inches"),
        ("6′2″", "six feet two inches"),
        ('a 27" monitor', "a twenty seven inch monitor"),
    ],
)
def test_units(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("18 °C", "eighteen degrees celsius"),
        ("-7°C", "minus seven degrees celsius"),
        ("−7 ℃", "minus seven degrees celsius"),
        ("–7 °F", "minus seven degrees fahrenheit"),
        ("90℉", "ninety degrees fahrenheit"),
        ("1 °C", "one degree celsius"),
        ("ovens at 350F", "ovens at three hundred fifty degrees fahrenheit"),
        ("90°", "ninety degrees"),
        ("a 90° turn", "a ninety degree turn"),
        ("10-15 °C", "ten to fifteen degrees celsius"),
        ("-10–-5 °C", "minus ten to minus five degrees celsius"),
        ("51.5° N", "fifty one point five degrees north"),
        ("0.12°W", "zero point one two degrees west"),
        ("51°30′26″N", "fifty one degrees thirty minutes twenty six seconds north"),
        ("12°30'", "twelve degrees thirty minutes"),
        ("30 m²", "thirty square meters"),
        ("30 m2", "thirty square meters"),
        ("30m^3", "thirty cubic meters"),
        ("30㎡", "thirty square meters"),
        ("5㎏", "five kilograms"),
        ("9.8 m/s²", "nine point eight meters per second squared"),
        ("80 km/h", "eighty kilometers per hour"),
        ("1 km/h", "one kilometer per hour"),
        ("5 mg/kg", "five milligrams per kilogram"),
        ("5 g/L", "five grams per liter"),
        ("20 µg/m³", "twenty micrograms per cubic meter"),
        ("300 req/s", "three hundred requests per second"),
        ("5 m⁻¹/K", "five per meter per kelvin"),
        ("6 L/100 km", "six liters per one hundred kilometers"),
        ("2 mg/day", "two milligrams per day"),
        ("4×10⁵ m/s", "four times ten to the power of five meters per second"),
        ("2e-3 m", "two times ten to the power of minus three meters"),
        ("9.8 m s⁻²", "nine point eight meters per second squared"),
        ("110/70 mmHg", "one hundred ten over seventy millimeters of mercury"),
        ("5V/2A", "five volts two amperes"),
        ("5+ kg", "five plus kilograms"),
        ("64bit numbers", "sixty four bit numbers"),
        ("60 W bulbs", "sixty watt bulbs"),
        ("the 200m race", "the two hundred meter race"),
        ("the price per kg", "the price per kilogram"),
        ('5/8" drill', "five eighths of an inch drill"),
        ("3/day", "three per day"),
        ("5-8 kg", "five to eight kilograms"),
        ("5 kg–8 kg", "five kilograms to eight kilograms"),
        ("5–8%", "five to eight percent"),
        ("5%-8%", "five to eight percent"),
        ("10±0.5 mm", "ten plus or minus zero point five millimeters"),
        ("3 x 5 m", "three by five meters"),
        ("3m × 5m", "three meters by five meters"),
        ("2x4x8 cm", "two by four by eight centimeters"),
        ("a 5 kg bag", "a five kilogram bag"),
        ("a 50-m pool", "a fifty meter pool"),
        ("a 5 kg loss of", "a five kilogram loss of"),
        ("½ lb", "half a pound"),
        ("2½ lb", "two and a half pounds"),
        ("1 1/2 in", "one and a half inches"),
        ("3/4 in", "three quarters of an inch"),
        ("~5 kg", "about five kilograms"),
        ("2 × 500 ml", "two times five hundred milliliters"),
    ],
)
def test_degrees_powers_rates_and_ranges(text: str, said: str) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30 million kg of it", "thirty million kilograms of it"),
        ("two thousand km away", "two thousand kilometers away"),
        ("1.5 billion km²", "one point five billion square kilometers"),
        ("three hundred ft.", "three hundred feet"),
        ("30 million A", "thirty million a"),
        ("a million in cash", "a million in cash"),
        ("9/kg", "nine per kilogram"),
        ("200/km", "two hundred per kilometer"),
        ("9/kgx", None),
        ("43° C", "forty three degrees celsius"),
        ("a 15-yr lease", "a fifteen year lease"),
        ("It runs at 5 V.", "it runs at five volts"),
        ("The tank holds 50 L.", "the tank holds fifty liters"),
        ("a force of 20 N", "a force of twenty newtons"),
        ("2.5 L of it", "two point five liters of it"),
        ("5 V and 300 mA", "five volts and three hundred milliamperes"),
        ("a star at 5800 K", "a star at five thousand eight hundred kelvins"),
        ("a lamp of 40 W", "a lamp of forty watts"),
        ("1.4 K", "one point four k"),
        ("a temperature of 0.3 K", "a temperature of zero point three kelvins"),
        ("It was 28 C outside", "it was twenty eight degrees celsius outside"),
        ("we met 3 K there", "we met three k there"),
        ("14 N answered", "fourteen n answered"),
        ("Typhoon Vera (31 W)", "typhoon vera thirty one w"),
        ("Route 117 B", "route one hundred seventeen b"),
        ("the BR 25 L was built", "the b r twenty five l was built"),
        ("we met 12 V there", "we met twelve v there"),
        ("Miller, 2011 pg. 7", "miller twenty eleven page seven"),
        ("6 pg", "six picograms"),
        ("12 pl", "twelve pl"),
        ("see 1981 op", "see nineteen eighty one op"),
        ("a book of 212 pp.", "a book of two hundred twelve pages"),
        ("a book by Miller, 212 pp", "a book by miller two hundred twelve pp"),
        ("it grew by 4 pp", "it grew by four percentage points"),
        ("support rose 4 pp", "support rose four percentage points"),
    ],
)
def test_letters_and_words_around_a_number(text: str, said: str | None) -> None:
    assert said is None or words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('14"', "fourteen inches"),
        ('7.5".', "seven point five inches"),
        ('Size: 24"', "size twenty four inches"),
        ('3 1/2"', "three and a half inches"),
        ('1"', "one inch"),
        ('"14"', "fourteen"),
        ('I was 14" he said', "i was fourteen he said"),
        ('the "14" and "15"', "the fourteen and fifteen"),
        ('.75" and ".25"', "point seven five and point two five"),
        ("24 C", "twenty four degrees celsius"),
        ("101 F.", "one hundred one degrees fahrenheit"),
        ("-12 C.", "minus twelve degrees celsius"),
        ("It was -12 C there", "it was minus twelve degrees celsius there"),
        ("−4F at dawn", "minus four degrees fahrenheit at dawn"),
        ("a DC-9-31 F", "a d c nine thirty one f"),
        ("a 747-258 F flew", None),
        ("24 c", "twenty four c"),
        ("14C", "fourteen c"),
        ("6 F", "six f"),
        ("bus 24 C", "bus twenty four c"),
        ("row 24 F.", "row twenty four f"),
        ("seat 24-C", "seat twenty four c"),
    ],
)
def test_inches_and_degrees_without_other_words(text: str, said: str | None) -> None:
    assert words(text) == said if said else "degrees" not in words(text)


def test_the_stop_after_a_unit_stays() -> None:
    assert spoken("It weighs 5 kg.", "en-US") == "It weighs five kilograms."
    assert spoken("It weighs 5 lb.", "en-US") == "It weighs five pounds."
    assert spoken("It weighs 5 lb. in all.", "en-US") == "It weighs five pounds in all."


@pytest.mark.parametrize(
    "text",
    [
        "5 in the morning", "3 in 10 people", "one in 5 in town", "Room 5 A", "seat 14 A", "Plan 5 B", "5B", "5M",
        "20 M users", "300K users", "5G", "4K", "3D", "5 a day", "5 at noon", "5 mg-like", "pH 7", "7 pH", "10 Main",
        "120 W 45th Street", "120 W. Main", "5 N Main", "5 m's", "5 lbx", "kg", "m/s", "A4", "5 A4 sheets",
        "M3 screws", "10%2", "rows 1,2,3 kg", "v1.2 m", "x5 kg", "B12 kg", "he said \"I am 27\" today",
        "'I am 6' he said", "5 T", "14C", "seat 14C", "a 100 C", "5 F", "40.7 N, 74.0 W", "5 Kings", "5 mine",
        "5 L.A. streets", "8.5 in float32", "\\e[?47h", "%.2fs", "2 Vans", "Section 5 N", "0-N times",
        "version 3.8 A flag", "2e30 K", "page 5 m", "5 kg's",
    ],
)  # fmt: skip
def test_no_unit(text: str) -> None:
    assert RuleSet(measures.RULES).apply(Traced.of(text)) == text
