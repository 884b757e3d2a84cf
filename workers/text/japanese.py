"""Japanese: numbers, dates, times, money, measures, signs; counters get their reading from the words behind them."""

import re
from functools import cache
from typing import Final

from steadyvoice.workers.text.patterns import lazy, one_of
from steadyvoice.workers.text.rules import DIGIT, LETTER, OTHER, Rule, RuleSet

_DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ((1000, "千"), (100, "百"), (10, "十"))
_POWERS: Final = ((10**12, "兆"), (10**8, "億"), (10**4, "万"))
_MAX_DIGITS: Final = 16
"""A longer number, and one with a zero in front, is read digit by digit."""
_CURRENCIES: Final = {
    "¥": "円", "￥": "円", "JPY": "円", "US$": "ドル", "$": "ドル", "USD": "ドル", "€": "ユーロ", "EUR": "ユーロ",
    "£": "ポンド", "GBP": "ポンド",
}  # fmt: skip
_UNITS: Final = {
    "%": "パーセント", "‰": "パーミル", "km/h": "キロメートル毎時", "m/s": "メートル毎秒", "km²": "平方キロメートル",
    "m²": "平方メートル", "m2": "平方メートル", "m³": "立方メートル", "m3": "立方メートル", "km": "キロメートル",
    "cm": "センチメートル", "mm": "ミリメートル", "kg": "キログラム", "mg": "ミリグラム", "ml": "ミリリットル",
    "mL": "ミリリットル", "ms": "ミリ秒", "kWh": "キロワット時", "kW": "キロワット", "MHz": "メガヘルツ",
    "GHz": "ギガヘルツ", "Hz": "ヘルツ", "kB": "キロバイト", "KB": "キロバイト", "MB": "メガバイト", "GB": "ギガバイト",
    "TB": "テラバイト", "℃": "度", "°C": "度", "°F": "度", "°": "度", "m": "メートル", "g": "グラム", "t": "トン",
    "h": "時間", "L": "リットル", "W": "ワット", "V": "ボルト", "A": "アンペア",
}  # fmt: skip
_SIGNS: Final = {
    "+": "プラス", "=": "イコール", "×": "かける", "÷": "割る", "<": "小なり", ">": "大なり", "±": "プラスマイナス",
    "−": "マイナス", "&": "アンド", "@": "アットマーク", "#": "シャープ", "%": "パーセント", "°": "度", "€": "ユーロ",
    "$": "ドル", "£": "ポンド", "¥": "円", "￥": "円", "/": "スラッシュ", "²": "の二乗", "³": "の三乗", "√": "ルート",
    "∞": "無限大", "→": "矢印", "~": "から", "〜": "から", "～": "から", "*": "", "_": " ", "|": "", "^": "", "\\": "",
}  # fmt: skip
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_SIGN: Final = r"(?:(?<![\dA-Za-z.)\]%-])[-−])?"


def cardinal(value: int) -> str:
    """Below ten to the power of sixteen. A thousand is 千, and 一千 before 万 and above."""
    if not value:
        return _DIGITS[0]
    said = ""
    for power, name in _POWERS:
        group, value = divmod(value, power)
        if group:
            said += "一" * (group // 1000 == 1) + _below_ten_thousand(group) + name
    return said + _below_ten_thousand(value)


def _below_ten_thousand(value: int) -> str:
    said = ""
    for place, name in _PLACES:
        digit, value = divmod(value, place)
        said += (_DIGITS[digit] if digit > 1 else "") + name if digit else ""
    return said + (_DIGITS[value] if value else "")


def spelled(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] if digit != "0" else "ゼロ" for digit in digits)


def number(text: str) -> str:
    """ "-1,234.5": with its sign, groups and decimals."""
    sign, text = ("マイナス", text[1:]) if text[0] in "-−" else ("", text)
    whole, _, decimals = text.replace(",", "").partition(".")
    is_spelled = len(whole) > _MAX_DIGITS or (len(whole) > 1 and whole[0] == "0")
    said = spelled(whole) if is_spelled else cardinal(int(whole))
    return sign + said + (f"点{''.join(_DIGITS[int(digit)] for digit in decimals)}" if decimals else "")


def _date(match: re.Match[str]) -> str | None:
    month, day = int(match["month"]), int(match["day"])
    if not (0 < month < 13 and 0 < day < 32):
        return None
    return f"{cardinal(int(match['year']))}年{cardinal(month)}月{cardinal(day)}日"


def _time(match: re.Match[str]) -> str:
    said = f"{cardinal(int(match['hour']))}時"
    if int(match["minute"]) or match["second"]:
        said += f"{cardinal(int(match['minute']))}分"
    return said + (f"{cardinal(int(match['second']))}秒" if match["second"] else "")


def _telephone(match: re.Match[str]) -> str:
    return "の".join(map(spelled, match[0].split("-")))


def _measure(match: re.Match[str]) -> str:
    return _range(match) + _UNITS[match["unit"]]


def _range(match: re.Match[str]) -> str:
    """A number, or two with a sign between them."""
    return number(match["first"]) + (f"から{number(match['second'])}" if match["second"] else "")


def _money(match: re.Match[str]) -> str:
    return number(match["amount"]) + (match["scale"] or "") + _CURRENCIES[match["currency"]]


def _fraction(match: re.Match[str]) -> str:
    sign = "マイナス" if match["sign"] else ""
    return f"{sign}{cardinal(int(match['below']))}分の{cardinal(int(match['above']))}"


def _rules() -> tuple[Rule, ...]:
    digit = DIGIT + "-−"
    span = rf"(?P<first>{_SIGN}{_NUMBER})(?: ?[-–~〜～] ?(?P<second>{_NUMBER}))?"
    currency, unit, scale = one_of(_CURRENCIES), one_of(_UNITS), "(?P<scale>[万億兆])?"
    return (
        Rule("date", DIGIT, lazy(r"(?<![\d./-])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)"
             r"(?P<day>\d{1,2})(?![\d./-])"), _date),
        Rule("time", DIGIT, lazy(r"(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
             r"(?![\d:])"), _time),
        Rule("telephone", DIGIT, lazy(r"(?<![\dA-Za-z.-])(?:0\d{1,4}-\d{1,4}-\d{3,4}|\d{3}-\d{4})(?![\dA-Za-z-])"),
             _telephone),
        Rule("month or day", DIGIT, lazy(r"(?<!\d)0[1-9](?=[月日時分])"), lambda match: number(match[0][1:])),
        Rule("weekday", "(", lazy(r"(?<=日)\((?P<day>[月火水木金土日])\)"), lambda match: f"{match['day']}曜日"),
        Rule("money", LETTER + OTHER + "¥￥$€£",
             lazy(rf"(?<![A-Za-z])(?P<currency>{currency}) ?(?P<amount>{_NUMBER}){scale}"), _money),
        Rule("money", DIGIT, lazy(rf"(?P<amount>{_NUMBER}){scale} ?(?P<currency>{currency})(?![A-Za-z])"), _money),
        Rule("measure", digit, lazy(rf"{span} ?(?P<unit>{unit})(?![A-Za-z/²³])"), _measure),
        Rule("fraction", digit, lazy(rf"(?P<sign>{_SIGN})(?<![\d./])(?P<above>\d{{1,3}})/(?P<below>[1-9]\d{{0,3}})"
             r"(?![\d/])"), _fraction),
        Rule("number", digit, lazy(rf"{span}(?!\.?\d)"), _range),
        Rule("digits", DIGIT, lazy(r"\d+"), lambda match: number(match[0])),
        Rule("point", ".", lazy(r"(?<=\d)\.(?=\d)"), lambda match: "点"),
        Rule("sign", OTHER + "¥￥$€£+-−/#~.", lazy(one_of(_SIGNS)), lambda match: _SIGNS[match[0]]),
    )  # fmt: skip


@cache
def rules(region: str) -> RuleSet:
    """region: without influence."""
    return RuleSet(_rules())
