"""例行工作：分区和位图提前备好，旧日归档后复核仍然相等，重复执行无害。"""

from collections.abc import Callable
from datetime import date, timedelta

from gongdi.telemetry.models import CoverageDay, ObsHour
from gongdi.telemetry.services import upkeep
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.recount import recount_day
from gongdi.telemetry.terms import Terms
from tests.telemetry.building import DAY, Sample, Store, at, minutes

NOW = at("2026-05-20 12:05")
MUCH_LATER = at("2026-09-01 03:00")


def test_each_hour_prepares_partitions_and_rows(store: Store, terms: Terms) -> None:
    store.device(since=at("2026-05-20 00:00"))
    assert upkeep.each_hour(terms, NOW) == 2
    assert upkeep.each_hour(terms, NOW) == 0
    name = f"obs_minute_{DAY + timedelta(days=7):%Y%m%d}"
    assert store.run("SELECT to_regclass(%s) IS NOT NULL", [name]) == [(True,)]


def test_each_minute_closes_the_hours(store: Store, terms: Terms) -> None:
    device = store.device()
    store.flush(device, minutes(at("2026-05-20 11:00"), 60))
    fold(terms, at("2026-05-20 11:59:59"))
    assert upkeep.each_minute(terms, NOW) == 1
    assert ObsHour.objects.get().n == 60
    assert upkeep.each_minute(terms, NOW) == 0


def test_a_compacted_day_still_recounts_and_rolls(
    store: Store, terms: Terms, dsn: Callable[[str], str]
) -> None:
    device = store.device()
    store.flush(device, [*minutes(at("2026-05-20 08:00"), 100), Sample(at("2026-05-20 20:00"), MUCH_LATER)])
    fold(terms, NOW)
    done = upkeep.compact(dsn("app"), dsn("owner"), terms, MUCH_LATER)
    assert [(one.day, one.rows) for one in done if one.rows] == [(date(2026, 5, 20), 101)]
    assert list(recount_day(DAY, terms, MUCH_LATER)) == []
    upkeep.roll_and_judge(terms, MUCH_LATER)
    row = ObsHour.objects.get(ts=at("2026-05-20 08:00"))
    assert (row.n, row.valid_n, row.pm10_avg) == (60, 60, 100)
    assert CoverageDay.objects.get(day=DAY).received.count("1") == 100
    store.run("DELETE FROM obs_day")
