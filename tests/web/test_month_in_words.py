"""设备页本月的话：百分数截断，少几天就说哪几天，没有的写 0 件，不写 100%。"""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel.exact import percent_text
from gongdi.monitor.queries.month import MonthCounts, ShortDay
from gongdi.telemetry.queries.facts import Plausible, Skew, Valid
from gongdi.telemetry.queries.states import SlotState, StateRun
from gongdi.web.pages import device_words as words
from tests.web import samples

NOW = samples.NOW
FACTS = samples.device_facts(1, NOW)
MONTH = samples.month_counts(1, NOW.date(), NOW)


def month(credit: Fraction | None, days: int) -> MonthCounts:
    """A month of some counted days."""
    return replace(MONTH, credit=credit, days_counted=days, credit_text=str(credit))


@pytest.mark.parametrize(
    ("credit", "days", "percent"),
    [
        (Fraction(1), 1, "100.00"),
        (Fraction(1), 2, "50.00"),
        (Fraction(19, 24), 1, "79.16"),
        (Fraction(19, 24), 3, "26.38"),
        (Fraction(0), 4, "0.00"),
        (Fraction(499, 24), 21, "99.00"),
        (Fraction(21) - Fraction(1, 24), 21, "99.80"),
        (Fraction(21), 21, "100.00"),
        (None, 0, ""),
        (Fraction(0), 0, ""),
    ],
)
def test_the_percent_of_the_month(credit: Fraction | None, days: int, percent: str) -> None:
    """一天满分、一天零分是 50%，不是 100%。"""
    assert words.month_percent(month(credit, days)) == percent


@given(st.integers(1, 31), st.fractions(min_value=0, max_value=1, max_denominator=24))
@settings(derandomize=True, deadline=None)
def test_the_percent_is_that_of_the_rule(days: int, mean: Fraction) -> None:
    assert words.month_percent(month(mean * days, days)) == percent_text(mean)


def short(*days: int) -> tuple[ShortDay, ...]:
    """Days with 19 of 24 hours."""
    return tuple(ShortDay(date(2026, 11, day), 19, 24, 20) for day in days)


@pytest.mark.parametrize(
    ("days", "tail"),
    [
        ((), "，每一天都达到 20/24。"),
        ((17,), "。不满的：11-17 有效 19/24 小时（达标要 20）。"),
        ((3, 17), "。不满的：11-03 有效 19/24 小时（达标要 20）、11-17 有效 19/24 小时（达标要 20）。"),
        ((3, 17, 18, 19), "（达标要 20），另有 2 天不满。"),
    ],
)
def test_short_days_are_named(days: tuple[int, ...], tail: str) -> None:
    said = words.credit_sentence(replace(MONTH, short_days=short(*days)))
    assert said.startswith("21 个设备日得 20 又 19/24")
    assert said.endswith(tail)


def test_before_the_first_full_day_the_rule_is_said() -> None:
    assert words.credit_sentence(month(None, 0)).startswith("满一天后开始计分")


def run(
    minutes: int, state: SlotState = SlotState.MISSING, cause: str = "", hours_left: int | None = None
) -> StateRun:
    """A run that begins on 17 November 10:00."""
    starts = samples.at(17, 10)
    cure = None if hours_left is None else NOW + timedelta(hours=hours_left)
    return StateRun(starts, starts + timedelta(minutes=minutes), state, minutes, minutes, cause, cure)


def outcome(place: int, **groups: Any) -> words.Outcome:
    """One of the three blocks under the month."""
    return words.outcomes(replace(MONTH, **groups), ("/d/", "/m"), NOW)[place]


@pytest.mark.parametrize(
    ("minutes", "length"),
    [
        (1, "1 分钟"), (59, "59 分钟"), (60, "1 小时"), (61, "1 小时 1 分"), (120, "2 小时"), (150, "2 小时 30 分"),
        (90_000, "1,500 小时"),
    ],
)  # fmt: skip
def test_how_much_is_missing(minutes: int, length: str) -> None:
    found = outcome(1, missing=(run(minutes),))
    assert (found.title, found.link, found.href) == (
        f"缺传 {minutes:,} 个样本",
        "11-17 10 时",
        "/d/2026-11-17/10",
    )
    assert found.detail == f"合 {length}；最近一段 11-17 10:00 起"


def test_several_runs_are_added_and_lead_to_their_list() -> None:
    later = replace(run(30), starts=samples.at(19, 3), ends=samples.at(19, 3, 30))
    found = outcome(1, missing=(run(60, cause="设备断电"), later))
    assert (found.title, found.link, found.href) == ("缺传 90 个样本", "2 个时段", "/m?show=missing")
    assert found.detail == "合 1 小时 30 分；最近一段 11-19 03:00 起"


def test_what_can_still_come_says_until_when_for_the_first_run() -> None:
    first = run(25, SlotState.PENDING, hours_left=3)
    found = outcome(0, pending=(first, run(60, SlotState.PENDING, hours_left=30)))
    assert found.title == "应传未到 85 个样本"
    assert "最早一段 11-22 13:05 截止，剩 3 小时 0 分钟" in found.detail


def test_what_was_taken_off_says_why() -> None:
    found = outcome(2, not_counted=(run(60, SlotState.EXEMPT, "X5 区域停电"),))
    assert "已从应传扣除" in found.detail
    assert "X5 区域停电" in found.detail


def test_nothing_in_a_group_has_no_link() -> None:
    nothing = [outcome(n, pending=(), missing=(), not_counted=()) for n in range(3)]
    assert {one.href for one in nothing} == {""}
    assert [one.detail for one in nothing] == [
        "没有在途的样本", "本月没有缺传的样本", "没有免传或平台故障的时段",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "fresh", "word"),
    [
        (0, True, "实时"),
        (10, True, "实时"),
        (11, False, "数据延迟 11 分钟"),
        (60 * 49, False, "数据延迟 2 天"),
    ],
)
def test_live_is_said_of_ten_minutes_at_most(minutes: int, fresh: bool, word: str) -> None:
    heard = FACTS.heard.at
    assert heard is not None
    now = heard + timedelta(minutes=minutes)
    assert (words.is_fresh(FACTS, now), words.live_word(FACTS, now)) == (fresh, word)


@pytest.mark.parametrize(
    ("valid", "sent", "tag", "tone"),
    [(9, 9, "通过", "ok"), (7, 9, "部分因子", "warn"), (0, 9, "部分因子", "warn")],
)
def test_partly_valid_samples_say_so(valid: int, sent: int, tag: str, tone: str) -> None:
    facts = replace(FACTS, valid=Valid(samples.at(22, 10, 4), samples.at(22, 10, 5, 4), valid, sent))
    card = words.fact_cards(facts, NOW)[1]
    assert (card.tag, card.tone) == (tag, tone)
    assert f"{valid}/{sent} 个因子有效" in card.below


def test_an_old_valid_sample_is_old_and_shows_its_day() -> None:
    facts = replace(FACTS, valid=Valid(samples.at(21, 10, 4), samples.at(21, 10, 5), 9, 9))
    card = words.fact_cards(facts, NOW)[1]
    assert (card.tag, card.value, card.value_tone) == ("已旧", "11-21 10:04", "grey")


@pytest.mark.parametrize(
    ("plausible", "tag", "value"),
    [
        (Plausible(None, 0), "", "尚未评估"),
        (Plausible(NOW, 0), "无疑点", "未见疑点"),
        (Plausible(NOW, 3), "疑点 3 条", "待核实"),
    ],
)
def test_what_nobody_has_assessed_is_not_called_plausible(plausible: Plausible, tag: str, value: str) -> None:
    card = words.fact_cards(replace(FACTS, plausible=plausible), NOW)[2]
    assert (card.tag, card.value) == (tag, value)
    assert card.below, "写明不改变回传率"


@pytest.mark.parametrize(
    ("seconds", "within", "tag", "tone"),
    [(60.0, True, "在 60 秒内", "ok"), (60.1, False, "超过 60 秒", "warn")],
)
def test_a_clock_beyond_the_limit_is_told(seconds: float, within: bool, tag: str, tone: str) -> None:
    card = words.fact_cards(replace(FACTS, skew=Skew(seconds, 20, within, 60)), NOW)[3]
    assert (card.tag, card.tone, card.beside) == (tag, tone, "近 20 包中位数")
