"""Mandarin: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest

from steadyvoice.workers.text.chinese import cardinal
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.unread import unread_language


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "零"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (10_000, "一万"),
        (50_100, "五万零一百"),
        (51_110, "五万一千一百一十"),
        (100_000, "十万"),
        (10_001_000, "一千万一千"),
        (101_111_111, "一亿零一百一十一万一千一百一十一"),
        (10**10 + 10**6, "一百亿零一百万"),
        (10**12, "一万亿"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("今天是2013年3月3日。", "今天是二零一三年三月三日。"),
        ("2024-03-05", "二零二四年三月五日"),
        ("2024/3/15", "二零二四年三月十五日"),
        ("05年", "零五年"),
        ("10年", "十年"),
        ("1990-1995年", "一九九零到一九九五年"),
        ("下午2:05", "下午两点零五分"),
        ("14:30", "十四点三十分"),
        ("9:00", "九点"),
        ("03:04:05", "三点零四分五秒"),
        ("涨了5%", "涨了百分之五"),
        ("37.5%到40 %", "百分之三十七点五到百分之四十"),
        ("-98%", "负百分之九十八"),
        ("-1/3", "负三分之一"),
        ("08月08日", "八月八日"),
        ("10000000001", "一百亿零一"),
        ("-5℃", "负五摄氏度"),
        ("5-10 km", "五到十公里"),
        ("120km/h", "一百二十公里每小时"),
        ("20 m²", "二十平方米"),
        ("¥12.50", "十二点五零元"),
        ("$5和100美元", "五美元和一百美元"),
        ("3.5亿元", "三点五亿元"),
        ("¥3亿", "三亿元"),
        ("1/3的人", "三分之一的人"),
        ("3.14", "三点一四"),
        ("1,234.5", "一千二百三十四点五"),
        ("2个人、22个、第2个", "两个人、二十二个、第二个"),
        ("3~5天", "三到五天"),
        ("第10000名", "第一万名"),
        ("007", "零零七"),
        ("电话13912345678", "电话一三九一二三四五六七八"),
        ("010-12345678", "零一零一二三四五六七八"),
        ("2+2=4", "二加二等于四"),
        ("3.10.2版", "三点十点二版"),
        ("12345678901234567890", "一二三四五六七八九零一二三四五六七八九零"),
    ],
)
@pytest.mark.parametrize("language", ["zh-CN", "cmn-CN"])
def test_expressions(text: str, said: str, language: str) -> None:
    assert spoken(text, language) == said


@pytest.mark.parametrize("text", ["你好、世界。", "我有三本书。", "小王和小李(同学)…", "他说:“好”。", "A组、B组"])
def test_prose_stays(text: str) -> None:
    assert spoken(text, "zh-CN") == text


def test_words_keep_their_origin() -> None:
    said = spoken("有12本书", "zh-CN")
    at = said.index("十二")
    assert said.origin(at, at + 2) == (1, 3)


@pytest.mark.parametrize(
    ("text", "language"), [("今天天气很好。", ""), ("Мы гуляем в парке.", "ru"), ("こんにちは世界", "ja")]
)
def test_other_languages_are_left_to_other_voices(text: str, language: str) -> None:
    assert unread_language(text, "cmn-CN", "") == language
