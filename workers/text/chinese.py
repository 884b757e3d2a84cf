"""Mandarin in Chinese characters: numbers, dates, times, money, measures, signs."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from steadyvoice.workers.text.patterns import lazy, one_of
from steadyvoice.workers.text.rules import DIGIT, LETTER, OTHER, Rule, RuleSet

_DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_MAX_DIGITS: Final = 16
"""A longer number, and one with a zero in front, is read digit by digit."""
_CURRENCIES: Final = {
    "¥": "元", "￥": "元", "CNY": "元", "RMB": "元", "US$": "美元", "$": "美元", "USD": "美元", "€": "欧元",
    "EUR": "欧元", "£": "英镑", "GBP": "英镑", "HK$": "港元", "JPY": "日元",
}  # fmt: skip
_UNITS: Final = {
    "km/h": "公里每小时", "m/s": "米每秒", "km²": "平方公里", "m²": "平方米", "m2": "平方米", "m³": "立方米",
    "m3": "立方米", "km": "公里", "cm": "厘米", "mm": "毫米", "kg": "千克", "mg": "毫克", "ml": "毫升", "mL": "毫升",
    "min": "分钟", "ms": "毫秒", "kWh": "千瓦时", "kW": "千瓦", "MHz": "兆赫", "GHz": "吉赫", "Hz": "赫兹",
    "℃": "摄氏度", "°C": "摄氏度", "°F": "华氏度", "°": "度",
    "m": "米", "g": "克", "t": "吨", "h": "小时", "s": "秒", "L": "升", "W": "瓦", "V": "伏", "A": "安",
}  # fmt: skip
_SIGNS: Final = {
    "+": "加", "=": "等于", "×": "乘以", "÷": "除以", "<": "小于", ">": "大于", "≤": "小于等于", "≥": "大于等于",
    "≠": "不等于", "≈": "约等于", "±": "正负", "−": "负", "&": "和", "@": "艾特", "#": "井号", "%": "百分号",
    "°": "度", "€": "欧元", "$": "美元", "£": "英镑", "¥": "元", "￥": "元", "/": "斜杠", "²": "平方", "³": "立方",
    "√": "根号", "∞": "无穷", "→": "到", "~": "到", "～": "到", "*": "", "_": " ", "|": "", "^": "", "\\": "",
}  # fmt: skip
_COUNTED: Final = "个只本张件条位次天年岁种杯瓶块斤口间家台辆支双座场人名份倍套朵颗粒封把片米公升小百千万亿"
"""What follows 两 in place of 二."""
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_SIGN: Final = r"(?:(?<![\dA-Za-z.)\]%-])[-−])?"


def cardinal(value: int) -> str:
    """Below ten to the power of sixteen."""
    return _positive(value).removeprefix("一") if 10 <= value < 20 else _positive(value)


def _positive(value: int) -> str:
    for power, name in ((8, "亿"), (4, "万")):
        if value >= 10**power:
            high, low = divmod(value, 10**power)
            between = "零" if low and low < 10 ** (power - 1) else ""
            return cardinal(high) + name + between + (_positive(low) if low else "")
    if not value:
        return _DIGITS[0]
    said = ""
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit:
            said += _DIGITS[digit] + _PLACES[place]
        elif said and value % 10**place and not said.endswith("零"):
            said += "零"
    return said


def spelled(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits if digit.isdecimal())


def number(text: str) -> str:
    """ "-1,234.5": with its sign, groups and decimals."""
    sign, text = ("负", text[1:]) if text[0] in "-−" else ("", text)
    whole, _, decimals = text.replace(",", "").partition(".")
    is_spelled = len(whole) > _MAX_DIGITS or (len(whole) > 1 and whole[0] == "0")
    said = spelled(whole) if is_spelled else cardinal(int(whole))
    return sign + said + (f"点{spelled(decimals)}" if decimals else "")


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match.group("year", "month", "day")
    if not (0 < int(month) < 13 and 0 < int(day) < 32):
        return None
    return f"{spelled(year)}年{cardinal(int(month))}月{cardinal(int(day))}日"


def _time(match: re.Match[str]) -> str:
    hour, minute, second = int(match["hour"]), int(match["minute"]), match["second"]
    said = f"{'两' if hour == 2 else cardinal(hour)}点"
    if minute or second:
        said += f"{'零' * (0 < minute < 10)}{cardinal(minute)}分"
    return said + (f"{cardinal(int(second))}秒" if second else "")


def _span(read: Callable[[str], str], match: re.Match[str]) -> str:
    """A number, or two with a hyphen between them."""
    return read(match["first"]) + (f"到{read(match['second'])}" if match["second"] else "")


def _percentage(match: re.Match[str]) -> str:
    said = ("百分之" if match["unit"] == "%" else "千分之") + _span(number, match)
    return "负" + said.replace("负", "", 1) if match["first"][0] in "-−" else said


def _fraction(match: re.Match[str]) -> str:
    sign = "负" if match["sign"] else ""
    return f"{sign}{cardinal(int(match['below']))}分之{cardinal(int(match['above']))}"


def _measure(match: re.Match[str]) -> str:
    return _span(number, match) + _UNITS[match["unit"]]


def _money(match: re.Match[str]) -> str:
    return number(match["amount"]) + (match["scale"] or "") + _CURRENCIES[match["currency"]]


def _year(match: re.Match[str]) -> str:
    return spelled(match["first"]) + (f"到{spelled(match['second'])}" if match["second"] else "")


def _rules() -> tuple[Rule, ...]:
    digit = DIGIT + "-−"
    span = rf"(?P<first>{_SIGN}{_NUMBER})(?: ?[-–~～] ?(?P<second>{_NUMBER}))?"
    currency, unit, scale = one_of(_CURRENCIES), one_of(_UNITS), "(?P<scale>[万亿])?"
    return (
        Rule("date", DIGIT, lazy(r"(?<![\d./-])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)"
             r"(?P<day>\d{1,2})(?![\d./-])"), _date),
        Rule("year", DIGIT, lazy(r"(?<![\d.])(?P<first>[12]\d{3}|0\d)(?:[-–~～](?P<second>[12]\d{3}))?(?=年)"), _year),
        Rule("time", DIGIT, lazy(r"(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
             r"(?![\d:])"), _time),
        Rule("telephone", DIGIT + "+", lazy(r"(?<![\dA-Za-z+.-])(?:\+?\d{2,3}[- ])?(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8}"
             r"|\d{3,4}-\d{4})(?![\dA-Za-z-])"), lambda match: spelled(match[0])),
        Rule("month or day", DIGIT, lazy(r"(?<!\d)0[1-9](?=[月日号点分])"), lambda match: number(match[0][1:])),
        Rule("percentage", digit, lazy(rf"{span} ?(?P<unit>[%‰])"), _percentage),
        Rule("money", LETTER + OTHER + "¥￥$€£",
             lazy(rf"(?<![A-Za-z])(?P<currency>{currency}) ?(?P<amount>{_NUMBER}){scale}"), _money),
        Rule("money", DIGIT, lazy(rf"(?P<amount>{_NUMBER}){scale} ?(?P<currency>{currency})(?![A-Za-z])"), _money),
        Rule("measure", digit, lazy(rf"{span} ?(?P<unit>{unit})(?![A-Za-z/²³])"), _measure),
        Rule("fraction", digit, lazy(rf"(?P<sign>{_SIGN})(?<![\d./])(?P<above>\d{{1,3}})/(?P<below>[1-9]\d{{0,3}})"
             r"(?![\d/])"), _fraction),
        Rule("two", DIGIT, lazy(rf"(?<![\d.,-])(?<!第)2(?= ?[{_COUNTED}])"), lambda _: "两"),
        Rule("range", digit, lazy(rf"(?P<first>{_SIGN}{_NUMBER}) ?[-–~～] ?(?P<second>{_NUMBER})(?![\w.-])"),
             lambda match: _span(number, match)),
        Rule("number", digit, lazy(rf"{_SIGN}{_NUMBER}(?!\.?\d)"), lambda match: number(match[0])),
        Rule("digits", DIGIT, lazy(r"\d+"), lambda match: number(match[0])),
        Rule("point", ".", lazy(r"(?<=\d)\.(?=\d)"), lambda match: "点"),
        Rule("sign", OTHER + "¥￥$€£+-−/#~.", lazy(one_of(_SIGNS)), lambda match: _SIGNS[match[0]]),
    )  # fmt: skip


@cache
def rules(region: str) -> RuleSet:
    """region: without influence; the words are in simplified characters."""
    return RuleSet(_rules())
