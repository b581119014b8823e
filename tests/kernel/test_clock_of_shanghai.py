"""日界在上海的零点：时刻怎么写都落在同一天，没有时区的一律不收。"""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from gongdi.kernel import clock


@pytest.mark.parametrize(
    ("instant", "day", "minute"),
    [
        (datetime(2026, 5, 20, 15, 59, 59, tzinfo=UTC), date(2026, 5, 20), 1439),
        (datetime(2026, 5, 20, 16, 0, tzinfo=UTC), date(2026, 5, 21), 0),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1), 0),
        (datetime(2026, 5, 20, 0, 0, tzinfo=timezone(timedelta(hours=-5))), date(2026, 5, 20), 780),
        (datetime(2028, 2, 29, 3, 7, tzinfo=UTC), date(2028, 2, 29), 667),
    ],
)
def test_the_day_of_an_instant_is_the_shanghai_day(instant: datetime, day: date, minute: int) -> None:
    assert clock.shanghai_day(instant) == day
    assert clock.minute_of_day(instant) == minute


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="时区"):
        clock.shanghai_day(datetime(2026, 5, 20))  # noqa: DTZ001


def test_a_day_ends_where_the_next_one_begins() -> None:
    day = date(2026, 2, 28)
    assert clock.day_end(day) == clock.day_start(date(2026, 3, 1))
    assert clock.day_end(day) - clock.day_start(day) == timedelta(hours=24)
    assert clock.day_start(day).astimezone(UTC) == datetime(2026, 2, 27, 16, tzinfo=UTC)


def test_the_present_is_aware() -> None:
    assert clock.now().utcoffset() == timedelta(0)
