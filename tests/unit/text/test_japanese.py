"""Japanese: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest

from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.japanese import cardinal
from steadyvoice.workers.text.unread import unread_language


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "零"),
        (10, "十"),
        (11, "十一"),
        (100, "百"),
        (1000, "千"),
        (1111, "千百十一"),
        (2024, "二千二十四"),
        (10_000, "一万"),
        (10_003, "一万三"),
        (10_000_000, "一千万"),
        (123_456_700, "一億二千三百四十五万六千七百"),
        (10**12, "一兆"),
        (10**15, "一千兆"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024/01/30", "二千二十四年一月三十日"),
        ("2024-3-5です", "二千二十四年三月五日です"),
        ("1月22日(月)", "一月二十二日月曜日"),
        ("09月05日", "九月五日"),
        ("10:30に会う", "十時三十分に会う"),
        ("9:00、03:04:05", "九時、三時四分五秒"),
        ("3〜5人", "三から五人"),
        ("5-10kg", "五から十キログラム"),
        ("5%上がった", "五パーセント上がった"),
        ("-5度", "マイナス五度"),
        ("気温は-30.8℃", "気温はマイナス三十点八度"),
        ("時速120km/h", "時速百二十キロメートル毎時"),
        ("¥1,234", "千二百三十四円"),
        ("100万円と5ドル", "百万円と五ドル"),
        ("$5、3万€", "五ドル、三万ユーロ"),
        ("1/2と-1/3", "二分の一とマイナス三分の一"),
        ("3.14", "三点一四"),
        ("0.05", "零点零五"),
        ("03-1234-5678", "ゼロ三の一二三四の五六七八"),
        ("007", "ゼロゼロ七"),
        ("3.10.2版", "三点十点二版"),
        ("2+2=4", "二プラス二イコール四"),
        ("A&B", "A アンド B"),
        ("第3回、2人で3本", "第三回、二人で三本"),
    ],
)
def test_expressions(text: str, said: str) -> None:
    assert spoken(text, "ja-JP") == said


@pytest.mark.parametrize("text", ["こんにちは、世界。", "「はい」と言った。", "コーヒーを三杯飲む。", "(笑)…"])
def test_prose_stays(text: str) -> None:
    assert spoken(text, "ja-JP") == text


@pytest.mark.parametrize(
    ("text", "language"), [("今日は雨です。", ""), ("東京都", ""), ("안녕하세요", "ko"), ("Мы гуляем в парке.", "ru")]
)
def test_other_languages_are_left_to_other_voices(text: str, language: str) -> None:
    assert unread_language(text, "ja", "") == language
