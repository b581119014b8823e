"""设备页的词：没有数据就直说，时间和数字只有一种写法。"""

from dataclasses import replace
from datetime import timedelta

import pytest

from gongdi.telemetry.queries.facts import Heard, Skew, Valid
from gongdi.web.pages import device_words as words
from gongdi.web.templatetags import page
from tests.web import samples

NOW = samples.NOW
FACTS = samples.device_facts(1, NOW)


def test_a_device_never_heard_says_so() -> None:
    silent = replace(FACTS, heard=Heard(None, None, None, None, False, None), valid=Valid(None, None, 0, 0), skew=Skew(None, 0, None, 60))  # fmt: skip
    cards = words.fact_cards(silent, NOW)
    assert [card.value for card in cards] == ["还没有收到过数据", "还没有有效样本", "尚未评估", "还没有测到"]
    assert all(card.tag == "" for card in cards)
    assert words.live_word(silent, NOW) == "还没有收到过数据"


def test_a_silent_device_is_red_with_its_duration_and_the_rest_is_grey() -> None:
    later = NOW + timedelta(hours=3)
    heard, valid, *_ = words.fact_cards(FACTS, later)
    assert heard.value_tone == "bad"
    assert heard.beside == "无声 3 小时"
    assert valid.value_tone == "grey"
    assert words.live_word(FACTS, later) == "数据延迟 3 小时"


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.2, "快 3.2 秒"), (-8.0, "慢 8.0 秒"), (0.0, "一致"), (43200.0, "快 720.0 分钟")]
)
def test_clock_skew_in_words(seconds: float, text: str) -> None:
    card = words.fact_cards(replace(FACTS, skew=Skew(seconds, 20, abs(seconds) <= 60, 60)), NOW)[3]
    assert card.value == text


def test_the_month_is_exact() -> None:
    month = samples.month_counts(1, NOW.date(), NOW)
    assert words.month_percent(month) == "99.00"
    assert "20 又 19/24" in words.credit_sentence(month)
    assert "11-17 有效 19/24 小时" in words.credit_sentence(month)
    outcomes = words.outcomes(month, ("/d/", "/m"), NOW)
    assert [one.title for one in outcomes] == ["应传未到 25 个样本", "缺传 300 个样本", "不计 305 个样本"]
    assert [one.detail.partition("；")[0] for one in outcomes] == [
        "合 25 分钟",
        "合 5 小时",
        "合 5 小时 5 分",
    ]
    assert [one.href for one in outcomes] == ["/d/2026-11-22/8", "/d/2026-11-17/10", "/m?show=not_counted"]


def test_an_empty_month_has_no_percent() -> None:
    month = replace(
        samples.month_counts(1, NOW.date(), NOW),
        credit=None,
        days_counted=0,
        pending=(),
        missing=(),
        not_counted=(),
    )
    assert words.month_percent(month) == ""
    assert [one.title for one in words.outcomes(month, ("/d/", "/m"), NOW)] == [
        "应传未到 0",
        "缺传 0",
        "不计 0",
    ]


def test_figures_have_one_spelling() -> None:
    assert page.decimals(-3.25, 1) == "−3.2"
    assert page.decimals(None, 1) == "—"
    assert page.thousands(30535) == "30,535"
    assert page.hms(samples.at(22, 10, 5, 34)) == "10:05:34"
    assert page.near(samples.at(21, 23, 1), NOW) == "11-21 23:01:00"
    assert page.ago(NOW - timedelta(seconds=8), NOW) == "8 秒前"
    assert page.remains(NOW + timedelta(days=2, hours=22, minutes=5), NOW) == "剩 2 天 22 小时"
    assert page.remains(NOW, NOW) == "已过期"
