"""政策值的界：会让计算停摆的数在登记时就拒绝，因为登记了就不能删。"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from gongdi.kernel.calendar import month_lock, shipped_calendar
from gongdi.kernel.errors import NotAllowed, PolicyError
from gongdi.kernel.models import PolicyValue
from gongdi.kernel.policy import DEFAULTS, PARAMETERS, PolicyRow, parameter
from gongdi.kernel.scope import Role, Scope
from gongdi.kernel.services import PolicyDecision, decide_policy

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = date(2026, 5, 1)
PROVINCE = Scope(role=Role.PROVINCE, division_prefixes=("14",))


@pytest.mark.parametrize("lock_day", [0, 29, 30, 31, 32])
def test_a_lock_day_that_some_month_does_not_have_is_refused(lock_day: int) -> None:
    """二月没有 30 日：收下它，每一页都算不出锁定时刻。"""
    with pytest.raises(PolicyError, match=r"28|大于 0"):
        parameter("returns.lock_day").read(lock_day)


@pytest.mark.parametrize("lock_day", [1, 10, 28])
@pytest.mark.parametrize("month", range(1, 13))
def test_every_accepted_lock_day_locks_every_month(lock_day: int, month: int) -> None:
    day = parameter("returns.lock_day").read(lock_day)
    assert month_lock(2026, month, day, shipped_calendar()).date() > date(2026, month, 28)


@pytest.mark.parametrize("key", ["dust.area_per_device", "dust.length_per_device"])
def test_a_device_cannot_cover_nothing(key: str) -> None:
    """每台 0 平方米：应装台数除以零，结算停摆。"""
    with pytest.raises(PolicyError, match="大于 0"):
        parameter(key).read(0)
    assert parameter(key).read(1) == 1


@pytest.mark.parametrize("key", ["dust.counts_until_hours", "dust.on_time_minutes", "access.base_days"])
def test_a_term_beyond_any_calendar_is_refused(key: str) -> None:
    """一万亿小时加在任何时刻上都会溢出，汇总随之停摆。"""
    with pytest.raises(PolicyError, match="不能大于"):
        parameter(key).read(10**12)
    longest = parameter(key).read(10**6)
    assert NOW + timedelta(days=longest) > NOW


@pytest.mark.django_db
def test_a_refused_value_leaves_no_row() -> None:
    for key in ("returns.lock_day", "dust.area_per_device"):
        decision = PolicyDecision(key, 0, DAY, "晋建函测试号")
        with pytest.raises(PolicyError):
            decide_policy(decision=decision, scope=PROVINCE, decided_by="省厅", now=NOW)
    assert not PolicyValue.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("basis", ["", "   ", "\n"])
def test_a_decision_without_a_basis_is_refused(basis: str) -> None:
    decision = PolicyDecision("access.base_days", 45, DAY, basis)
    with pytest.raises(PolicyError, match="依据"):
        decide_policy(decision=decision, scope=PROVINCE, decided_by="省厅", now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("division", ["14", "1401", "14010", "太原市", "1401050", ""])
def test_a_decision_for_something_that_is_no_division_is_refused_in_chinese(division: str) -> None:
    decision = PolicyDecision("access.base_days", 45, DAY, "晋建函测试号", division)
    with pytest.raises(PolicyError, match="六位"):
        decide_policy(decision=decision, scope=PROVINCE, decided_by="省厅", now=NOW)


@pytest.mark.django_db
def test_a_decision_keeps_who_why_and_when() -> None:
    decision = PolicyDecision("access.base_days", 45, DAY, " 晋建函测试号 ", "140100")
    row = decide_policy(decision=decision, scope=PROVINCE, decided_by="省厅 李", now=NOW)
    row.refresh_from_db()
    assert (row.basis, row.decided_by, row.created_at, row.division) == (
        "晋建函测试号", "省厅 李", NOW, "140100",
    )  # fmt: skip


@pytest.mark.parametrize(
    "role", [Role.COUNTY, Role.URBAN, Role.ENTERPRISE, Role.SITE, Role.NOBODY, Role.INSTALLATION]
)
def test_other_roles_decide_nothing(role: Role) -> None:
    scope = Scope(role=role, division_prefixes=("14",))
    decision = PolicyDecision("access.base_days", 45, DAY, "晋建函测试号", "140105")
    with pytest.raises(NotAllowed):
        decide_policy(decision=decision, scope=scope, decided_by="某人", now=NOW)


# 来源：通知原文与 return_rate.yaml、dust.yaml（单位与数字逐项照抄）
PUBLISHED = {
    "access.base_days": (30, "日"),
    "access.not_before": (date(2020, 6, 30), "日期"),
    "credit.access_overdue_points": (10, "分"),
    "returns.lock_day": (10, "日"),
    "dust.hour_share": (Fraction(3, 4), ""),
    "dust.day_hours": (Fraction(20, 24), ""),
    "dust.on_time_minutes": (10, "分钟"),
    "dust.counts_until_hours": (72, "小时"),
    "dust.area_per_device": (10_000, "平方米"),
    "dust.length_per_device": (1_000, "米"),
    "dust.pm10_stop_hourly": (250, "µg/m³"),
    "noise.day_limit": (70, "dB(A)"),
    "noise.night_limit": (55, "dB(A)"),
    "noise.night_max_over": (15, "dB(A)"),
    "video.recording_days": (30, "日"),
    "video.recording_share": (Fraction(19, 20), ""),
    "exemption.maintenance_hours": (8, "小时"),
    "exemption.repair_hours": (48, "小时"),
    "hj212.recount": (3, "次"),
    "hj212.over_time_seconds": (10, "秒"),
}


@pytest.mark.parametrize("key", sorted(PUBLISHED))
def test_the_numbers_are_the_published_ones(key: str) -> None:
    value, unit = PUBLISHED[key]
    found = parameter(key)
    assert (DEFAULTS.get(found, DAY), found.unit) == (value, unit)


def test_no_two_parameters_share_a_name() -> None:
    names = [one.name for one in PARAMETERS.values()]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_a_tried_change_of_a_city_touches_no_other_city() -> None:
    tried = DEFAULTS.with_row(PolicyRow("access.base_days", "140200", 45, DAY, "试算", "省厅", 1))
    days = parameter("access.base_days")
    assert [tried.get(days, DAY, code) for code in ("140200", "140213", "140100", None)] == [45, 45, 30, 30]
    assert tried.get(days, date(2026, 4, 30), "140213") == 30, "试算也不溯及既往"
