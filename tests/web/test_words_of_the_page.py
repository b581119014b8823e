"""全站的小词：时刻、时长、百分比、n/N 只有一种写法，缺的是一横，不是 0。"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from gongdi.returns import words as return_words
from gongdi.returns.queries import StreamRate
from gongdi.web.templatetags import page
from tests.web import samples

NOW = samples.NOW


def stream(numerator: Fraction, denominator: int) -> StreamRate:
    """A stream with its exact pair."""
    rate = Fraction(numerator) / denominator if denominator else None
    return StreamRate("dust", "扬尘", Fraction(numerator), denominator, rate, None, "不适用")


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (Fraction(46), 46, "46/46"),
        (Fraction(0), 46, "0/46"),
        (Fraction(499, 24), 21, "20.79/21"),
        (Fraction(21) - Fraction(1, 1000), 21, "20.99/21"),
        (Fraction(45, 2), 30, "22.5/30"),
        (Fraction(10, 1), 10, "10/10"),
        (Fraction(100, 1), 100, "100/100"),
        (Fraction(12_345, 1), 20_000, "12,345/20,000"),
        (Fraction(0), 0, "不适用"),
    ],
)
def test_n_of_n_is_truncated_and_never_looks_full(numerator: Fraction, denominator: int, text: str) -> None:
    assert return_words.pair(stream(numerator, denominator)) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 秒前"), (1, "1 秒前"), (59, "59 秒前"), (60, "1 分钟前"), (3599, "59 分钟前"), (3600, "1 小时前"),
        (86_399, "23 小时前"), (86_400, "1 天前"), (40 * 86_400, "40 天前"), (-5, "0 秒前"),
    ],
)  # fmt: skip
def test_how_long_ago(seconds: int, words: str) -> None:
    assert page.ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=1), "剩 1 秒"),
        (timedelta(minutes=5, seconds=30), "剩 5 分钟 30 秒"),
        (timedelta(hours=1), "剩 1 小时 0 分钟"),
        (timedelta(days=2, minutes=9), "剩 2 天 0 小时"),
        (timedelta(0), "已过期"),
        (timedelta(seconds=-1), "已过期"),
    ],
)
def test_how_long_still(left: timedelta, words: str) -> None:
    assert page.remains(NOW + left, NOW) == words


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0, 1, "0.0"), (-0.04, 1, "−0.0"), (1234.56, 1, "1,234.6"), (5, 0, "5"), (None, 1, "—"), ("", 1, "—"),
        ("12", 1, "—"), (-3.5, 0, "−4"),
    ],
)  # fmt: skip
def test_figures(value: object, places: int, text: str) -> None:
    assert page.decimals(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1000, "1,000"), (None, ""), ("无", "无"), (1.5, "1.5")]
)
def test_whole_numbers(value: object, text: str) -> None:
    assert page.thousands(value) == text


def test_all_times_are_those_of_shanghai() -> None:
    late = datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC)
    assert (page.hm(late), page.hms(late)) == ("00:30", "00:30:05")
    assert (page.md(late), page.mdhm(late), page.mdhms(late)) == ("11-22", "11-22 00:30", "11-22 00:30:05")
    assert page.ymd(late) == "2026-11-22"
    assert page.weekday(late) == "周日"
    assert page.near(late, NOW) == "00:30:05"
    assert page.near(late - timedelta(minutes=31), NOW) == "11-21 23:59:05"


def test_a_day_is_a_day_whatever_the_zone() -> None:
    assert (page.md(date(2026, 11, 22)), page.ymd(date(2026, 1, 2))) == ("11-22", "2026-01-02")
    assert [page.weekday(date(2026, 11, 23) + timedelta(days=n)) for n in range(7)] == [
        f"周{one}" for one in "一二三四五六日"
    ]


def test_no_instant_is_no_word() -> None:
    assert {one(None) for one in (page.hm, page.hms, page.md, page.mdhm, page.mdhms, page.ymd)} == {""}
    assert page.near(None, NOW) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (15.4, "15.4"), (18, "18"), (1234.5, "1234.5"), (0.04, "0")]
)
def test_numbers_of_pictures_carry_no_separators(value: float, text: str) -> None:
    assert page.unlocalised(value) == text


def test_an_icon_is_never_read_aloud() -> None:
    made = page.icon("check")
    assert 'aria-hidden="true"' in made
    assert "#check" in made
    assert page.icon('"><script>').count("<script>") == 0
