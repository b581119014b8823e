"""数据时间的窗口跟着月度锁定走；时钟偏差取中位数；日志里没有密码和换行。"""

from datetime import datetime

import pytest

from gongdi.gateways.clocks import DeviceClock, diagnose
from gongdi.gateways.logs import line, safe
from gongdi.gateways.window import oldest_accepted
from gongdi.kernel.calendar import shipped_calendar
from tests.gateways.packets import BEIJING


def day(month: int, number: int, hour: int = 12) -> datetime:
    """A Beijing moment of 2026."""
    return datetime(2026, month, number, hour, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("now", "oldest"),
    [
        (day(11, 25), day(11, 1, 0)),
        (day(11, 10), day(10, 1, 0)),
        (day(11, 11, 23), day(10, 1, 0)),
        (day(11, 12, 0), day(11, 1, 0)),
        (day(1, 5), datetime(2025, 12, 1, tzinfo=BEIJING)),
    ],
)
def test_a_month_stays_open_until_its_lock_and_one_day(now: datetime, oldest: datetime) -> None:
    assert oldest_accepted(now, 10, shipped_calendar()) == oldest


def test_a_lock_day_on_a_holiday_moves() -> None:
    assert oldest_accepted(day(10, 11), 10, shipped_calendar()) == day(9, 1, 0)


def test_skew_is_the_median_of_twenty() -> None:
    clock = DeviceClock()
    assert clock.skew is None
    for _ in range(30):
        clock.observe(100.0, 100.0)
    for _ in range(11):
        clock.observe(400.0, 100.0)
    assert clock.skew == 300.0


@pytest.mark.parametrize(
    ("skew", "named"),
    [(43_200, "十二小时"), (-43_100, "十二小时"), (28_800, "世界时"), (90, None), (None, None)],
)
def test_usual_causes_are_named(skew: float | None, named: str | None) -> None:
    found = diagnose(skew)
    assert (named in found) if named and found else found is named


def test_a_log_line_cannot_be_forged_and_shows_no_password() -> None:
    text = line("设备上线", mn="A\r\n2026 假冒", raw="##0001PW=abc;MN=1", empty="")
    assert text == "设备上线 mn=A\\r\\n2026 假冒 raw=##0001PW=******;MN=1"
    assert len(safe("x" * 1000)) == 400
