"""Currencies: signs, codes and names."""

from dataclasses import dataclass
from typing import Final

from steadyvoice.workers.text.english import number_words
from steadyvoice.workers.text.patterns import one_of
from steadyvoice.workers.text.spelling import letters


@dataclass(frozen=True, slots=True)
class Currency:
    singular: str
    plural: str
    cent: str
    """A hundredth in the singular; "" where amounts have no hundredths in speech."""
    cents: str


def _currency(names: str) -> Currency:
    """names: "pound, penny/pence"; a plural only where it is not regular."""
    unit, _, part = names.partition(", ")
    return Currency(*_names(unit), *(_names(part) if part else ("", "")))


def _names(names: str) -> tuple[str, str]:
    before, space, noun = names.rpartition(" ")
    singular, slash, plural = noun.partition("/")
    return before + space + singular, before + space + (plural if slash else number_words.plural(singular))


_US: Final = letters("US")
# Names, codes, and signs and abbreviations.
_TABLE: Final = (
    ("dollar, cent", "", "$ ＄"),
    (f"{_US} dollar, cent", "USD", "US$"),
    ("Canadian dollar, cent", "CAD", "CA$ C$"),
    ("Australian dollar, cent", "AUD", "AU$ A$"),
    ("New Zealand dollar, cent", "NZD", "NZ$"),
    ("Hong Kong dollar, cent", "HKD", "HK$"),
    ("Singapore dollar, cent", "SGD", "SG$ S$"),
    ("Taiwan dollar, cent", "TWD", "NT$"),
    ("Mexican peso, centavo", "MXN", "MX$"),
    ("Brazilian real/reais, centavo", "BRL", "R$"),
    ("euro, cent", "EUR", "€"),
    ("pound, penny/pence", "GBP", "£ ￡"),
    ("yen/yen", "JPY", "¥ ￥"),
    ("yuan/yuan", "CNY RMB", "元"),
    ("Swiss franc, centime", "CHF", ""),
    ("rupee, paisa/paise", "INR", "₹ Rs Rs."),
    ("won/won", "KRW", "₩"),
    ("ruble, kopeck", "RUB", "₽"),
    ("baht/baht", "THB", "฿"),
    ("shekel, agora/agorot", "ILS", "₪"),
    ("lira, kurush", "TRY", "₺"),
    ("dong/dong", "VND", "₫"),
    ("hryvnia, kopeck", "UAH", "₴"),
    ("naira/naira, kobo", "NGN", "₦"),
    ("peso, centavo", "PHP", "₱"),
    ("bitcoin", "BTC", "₿"),
    ("ether", "ETH", ""),
    ("zloty/zlotys, grosz/groszy", "PLN", "zł zl"),
    ("krone/kroner", "", "kr kr."),
    ("Norwegian krone/kroner", "NOK", ""),
    ("Danish krone/kroner", "DKK", ""),
    ("Swedish krona/kronor", "SEK", ""),
    ("Czech koruna/koruny", "CZK", "Kč Kc"),
    ("forint", "HUF", ""),
    ("rand/rand", "ZAR", ""),
    ("dirham", "AED", ""),
    ("riyal", "SAR", ""),
)
CURRENCIES: Final = {
    sign: _currency(names) for names, codes, signs in _TABLE for sign in (*codes.split(), *signs.split())
}
"""By sign and by code."""
_WORDS: Final = frozenset({"TRY", "PHP"})


BEFORE: Final = rf"(?:US \$|{one_of(CURRENCIES.keys() - _WORDS)})"
"""A sign or a code that stands before a number. A code that is also an English word stands only after it."""
AFTER: Final = one_of(sign for sign in CURRENCIES if not sign.endswith(".") and sign[1:] != "$")
SIGNS: Final = "".join(sorted({sign for sign in CURRENCIES if len(sign) == 1 and not sign.isalnum()}))
"""Signs of one character."""
