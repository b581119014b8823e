from datetime import date, time
from fractions import Fraction

import pytest

from gongdi.kernel.errors import PolicyError
from gongdi.kernel.policy import (
    ACCESS_BASE_DAYS,
    ACCESS_DEDUCT_POINTS,
    ACCESS_NOT_BEFORE,
    DEFAULTS,
    DUST_DAY_HOURS,
    DUST_HOUR_SHARE,
    DUST_VALID_GROUPS,
    NIGHT_BEGINS,
    PARAMETERS,
    PM10_STOP,
    RECORDING_DAYS,
    VIDEO_FROM,
    WEIGHT_DOCUMENTS,
    WEIGHT_DUST,
    WEIGHT_VIDEO,
    Dated,
    Parameter,
    PolicyRow,
    PolicySet,
    division_prefix,
    parameter,
    resolve,
    stored,
)

DAY = date(2026, 5, 1)


def row(value: object, division: str | None = None, since: date = DAY, id: int = 1) -> PolicyRow:
    return PolicyRow(PM10_STOP.key, division, value, since, "测试", "省厅", id)


@pytest.mark.clause("379-1.b")
def test_access_takes_thirty_days() -> None:
    assert DEFAULTS.get(ACCESS_BASE_DAYS, DAY) == 30


@pytest.mark.clause("379-1.a")
def test_no_deadline_before_the_end_of_june_2020() -> None:
    assert DEFAULTS.get(ACCESS_NOT_BEFORE, DAY) == date(2020, 6, 30)


def test_numbers_of_the_notice_and_of_the_rate() -> None:
    assert DEFAULTS.get(ACCESS_DEDUCT_POINTS, DAY) == 10
    assert DEFAULTS.get(RECORDING_DAYS, DAY) == 30
    assert DEFAULTS.get(DUST_HOUR_SHARE, DAY) == Fraction(3, 4)
    assert DEFAULTS.get(DUST_DAY_HOURS, DAY) == Fraction(5, 6)
    weights = [DEFAULTS.get(key, DAY) for key in (WEIGHT_DOCUMENTS, WEIGHT_VIDEO, WEIGHT_DUST)]
    assert weights == [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    assert DEFAULTS.get(NIGHT_BEGINS, DAY) == time(22)
    assert DEFAULTS.get(VIDEO_FROM, DAY) is None
    assert DEFAULTS.get(DUST_VALID_GROUPS, DAY) == (("pm10", "pm25", "tsp"),)


@pytest.mark.parametrize("key", sorted(PARAMETERS))
def test_every_default_is_cited_dated_and_can_be_stored(key: str) -> None:
    for dated in PARAMETERS[key].defaults:
        assert dated.basis
        assert PARAMETERS[key].read(stored(dated.value)) == dated.value
    dates = [dated.valid_from for dated in PARAMETERS[key].defaults]
    assert dates == sorted(dates)


def test_without_a_row_the_default_holds() -> None:
    assert resolve(PM10_STOP, DAY, "140100", ()) == 250


def test_a_row_holds_from_its_day_on() -> None:
    rows = (row(200),)
    assert resolve(PM10_STOP, date(2026, 4, 30), None, rows) == 250
    assert resolve(PM10_STOP, DAY, None, rows) == 200


def test_the_smallest_division_wins_over_a_later_wider_row() -> None:
    rows = (row(150, "140105"), row(180, "140100", id=2), row(200, None, date(2026, 5, 3), 3))
    later = date(2026, 6, 1)
    assert resolve(PM10_STOP, later, "140105", rows) == 150
    assert resolve(PM10_STOP, later, "140106", rows) == 180
    assert resolve(PM10_STOP, later, "140200", rows) == 200
    assert resolve(PM10_STOP, later, None, rows) == 200


def test_of_two_rows_of_one_day_the_later_decision_wins() -> None:
    assert resolve(PM10_STOP, DAY, None, (row(200, id=2), row(180, id=1))) == 200


def test_rows_of_other_keys_are_nothing_to_it() -> None:
    other = PolicyRow("noise.day_limit", None, 60, DAY, "测试", "省厅")
    assert resolve(PM10_STOP, DAY, None, (other,)) == 250


def test_a_change_can_be_tried_without_being_decided() -> None:
    tried = DEFAULTS.with_row(row(100))
    assert tried.get(PM10_STOP, DAY) == 100
    assert DEFAULTS.rows == ()


def test_defaults_follow_their_dates() -> None:
    dated = (Dated(1, date(2020, 1, 1), "旧"), Dated(2, date(2026, 1, 1), "新"))
    parameter = Parameter("test.key", "测试", "", dated, PARAMETERS[PM10_STOP.key].read)
    assert parameter.default(date(2019, 1, 1)) == 1
    assert parameter.default(date(2025, 12, 31)) == 1
    assert parameter.default(date(2026, 1, 1)) == 2


@pytest.mark.parametrize(
    ("code", "prefix"), [("140000", "14"), ("141000", "1410"), ("140100", "1401"), ("140105", "140105")]
)
def test_a_division_covers_its_counties(code: str, prefix: str) -> None:
    assert division_prefix(code) == prefix


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("access.base_days", -1),
        ("access.base_days", True),
        ("access.base_days", "30"),
        ("access.base_days", 1.5),
        ("dust.hour_share", "5/4"),
        ("dust.hour_share", 0.75),
        ("access.not_before", "2020-06-31"),
        ("noise.night_begins", "25:00"),
        ("dust.valid_factor_groups", []),
        ("dust.valid_factor_groups", [[]]),
        ("dust.valid_factor_groups", [[1]]),
        ("dust.valid_factor_groups", [["pm10", "pm1O"]]),
        ("dust.valid_factor_groups", "pm10"),
        ("video.duty_from", "soon"),
    ],
)
def test_unusable_values_are_refused_in_chinese(key: str, value: object) -> None:
    with pytest.raises(PolicyError, match=r"政策|比例|因子"):
        parameter(key).read(value)


def test_unknown_key_is_refused() -> None:
    with pytest.raises(PolicyError, match="没有名为"):
        parameter("no.such.key")


def test_the_basis_is_that_of_the_value_in_force_not_of_the_latest_row_anywhere() -> None:
    day, parameter = date(2026, 11, 25), PM10_STOP
    own = PolicyRow(parameter.key, "140100", 200, date(2026, 1, 1), "并政办发〔2026〕1 号", "太原市", 1)
    other = PolicyRow(parameter.key, "140200", 150, date(2026, 6, 1), "同政办发〔2026〕9 号", "大同市", 2)
    later = PolicyRow(parameter.key, None, 180, date(2027, 1, 1), "晋建质函〔2027〕1 号", "省厅", 3)
    decided = PolicySet((own, other, later))
    assert decided.basis(parameter, day, "140105") == "并政办发〔2026〕1 号"
    assert decided.basis(parameter, day, "140212") == "同政办发〔2026〕9 号"
    assert decided.basis(parameter, day, "140302") == parameter.dated(day).basis
    assert decided.basis(parameter, date(2027, 3, 1), "140302") == "晋建质函〔2027〕1 号"
