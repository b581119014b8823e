"""结算：最好的 n 台进项目日，项目日累进项目月，企业相加，地区取均值。"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from gongdi.projects.models import Project
from gongdi.projects.services.registering import set_connected
from gongdi.returns import queries
from gongdi.returns.models import ProjectDay, ProjectMonth
from gongdi.returns.services.access import note_access
from gongdi.returns.services.recount import recount_months, recount_rates_day
from gongdi.returns.services.roll_up import roll_up
from gongdi.returns.services.settle import close_days, settle_again, settle_waiting
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.masks import refresh_masks
from gongdi.telemetry.terms import Terms
from tests.builders import make_device, make_enterprise, make_project
from tests.telemetry.building import Store, at, minutes

SINCE = datetime(2026, 5, 1, tzinfo=UTC)
DAY = date(2026, 5, 20)
MONTH = date(2026, 5, 1)
NOW = at("2026-05-21 10:00")


def site(
    devices: int = 1, connected: bool = True, area: int = 9000, **more: object
) -> tuple[Project, list[int]]:
    project = make_project(**more)  # type: ignore[arg-type]
    Project.objects.filter(id=project.id).update(site_area_m2=area, access_deadline=date(2026, 4, 30))
    if connected:
        set_connected(project.id, date(2026, 4, 20))
    return project, [make_device(project, now=SINCE).gateway_device_id for _ in range(devices)]


def hours(store: Store, terms: Terms, device: int, count: int, day: date = DAY) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=at("2026-05-20 00:00").tzinfo)
    store.flush(device, minutes(start, count * 60), rows=False)
    fold(terms, NOW)


def credit(project: Project, day: date = DAY) -> tuple[Fraction | None, int]:
    (found,) = queries.days_of_project(project.id, day, days=1)
    return found.credit, found.counted


def test_twenty_hours_are_a_full_day_nineteen_are_not(store: Store, terms: Terms) -> None:
    full, (one,) = site()
    short, (two,) = site()
    hours(store, terms, one, 20)
    hours(store, terms, two, 19)
    assert settle_waiting(terms, NOW) == 2
    assert credit(full) == (Fraction(1), 1)
    assert credit(short) == (Fraction(19, 24), 1)
    rate = queries.rate_of_project(short.id, DAY, NOW)
    assert (rate.dust.text, rate.percent, rate.is_full) == ("19/24", "79.16", False)
    assert (rate.documents.rate, rate.video.rate, rate.provisional) == (None, None, True)


def test_the_best_of_two_counts_when_one_is_required(store: Store, terms: Terms) -> None:
    project, (one, two) = site(devices=2)
    hours(store, terms, one, 19)
    hours(store, terms, two, 24)
    settle_waiting(terms, NOW)
    assert credit(project) == (Fraction(1), 1)


def test_a_missing_required_device_is_a_zero(store: Store, terms: Terms) -> None:
    project, (one,) = site(area=15000)
    hours(store, terms, one, 24)
    settle_waiting(terms, NOW)
    assert credit(project) == (Fraction(1, 2), 2)
    assert ProjectDay.objects.get().missing == 1


def test_overdue_access_is_zero_until_the_connection(store: Store, terms: Terms) -> None:
    project, (one,) = site(connected=False)
    hours(store, terms, one, 24)
    settle_waiting(terms, NOW)
    assert credit(project) == (Fraction(0), 1)
    assert ProjectDay.objects.get().overdue


def test_before_the_deadline_nothing_counts(store: Store, terms: Terms) -> None:
    project, (one,) = site()
    Project.objects.filter(id=project.id).update(access_deadline=DAY)
    hours(store, terms, one, 24)
    settle_waiting(terms, NOW)
    assert ProjectDay.objects.count() == 0
    assert queries.rate_of_project(project.id, DAY, NOW).text == "不适用"


def test_back_fill_counts_and_is_kept_apart(store: Store, terms: Terms) -> None:
    project, (one,) = site()
    store.flush(one, minutes(at("2026-05-20 00:00"), 12 * 60), rows=False)
    store.flush(one, minutes(at("2026-05-20 12:00"), 12 * 60, received=NOW), rows=False)
    fold(terms, NOW)
    settle_waiting(terms, NOW)
    rate = queries.rate_of_project(project.id, DAY, NOW)
    assert (rate.percent, rate.on_time_percent) == ("100.00", "50.00")


def test_a_day_closes_also_for_a_silent_site(store: Store, terms: Terms) -> None:
    project, (one,) = site()
    refresh_masks([(one, day) for day in (DAY, DAY - timedelta(days=1))], terms, NOW)
    assert close_days(terms, NOW)[-1] == DAY
    assert credit(project) == (Fraction(0), 1)
    assert close_days(terms, NOW) == []


def test_settling_again_changes_nothing(store: Store, terms: Terms) -> None:
    _, (one,) = site()
    hours(store, terms, one, 24)
    settle_waiting(terms, NOW)
    before = ProjectMonth.objects.values_list("credit_units", "counted").get()
    settle_again(DAY, DAY, terms, NOW)
    assert ProjectMonth.objects.values_list("credit_units", "counted").get() == before


def test_enterprise_adds_and_region_takes_the_mean(store: Store, terms: Terms) -> None:
    owner = make_enterprise()
    _, (one,) = site(contractor=owner)
    _, (two,) = site(contractor=owner, division="140106")
    hours(store, terms, one, 24)
    hours(store, terms, two, 12)
    settle_waiting(terms, NOW)
    roll_up(MONTH, terms, NOW)
    note_access(terms, NOW)
    assert queries.rate_of_enterprise(owner.id, DAY, NOW).combined == Fraction(3, 4)
    found = queries.rates_of_regions(["140000", "1401", "140105", "140200"], DAY, NOW)
    assert (found["140000"].mean, found["140000"].share_full_percent) == (Fraction(3, 4), "50.00")
    assert found["1401"].rated == 2
    assert found["140105"].mean == Fraction(1)
    assert found["140200"].mean is None
    assert (found["1401"].entered, found["1401"].due_set) == (2, 2)


def test_access_is_the_day_of_the_last_required_device(store: Store, terms: Terms) -> None:
    project, (one, two) = site(devices=2, connected=False, area=15000)
    Project.objects.filter(id=project.id).update(entered_on=date(2026, 5, 2))
    hours(store, terms, one, 1)
    assert note_access(terms, NOW) == {}
    hours(store, terms, two, 1, date(2026, 5, 18))
    assert note_access(terms, NOW) == {project.id: DAY}
    assert queries.access_of_projects([project.id])[project.id].connected_on == DAY
    assert note_access(terms, NOW) == {}


@pytest.mark.parametrize("table", ["returns_projectday", "returns_projectmonth"])
def test_recount_names_a_changed_result(store: Store, terms: Terms, table: str) -> None:
    project, (one,) = site()
    hours(store, terms, one, 20)
    settle_waiting(terms, NOW)

    def found() -> list[str]:
        lines = [*recount_rates_day(DAY, terms, NOW), *recount_months(MONTH, date(2026, 5, 31))]
        return [str(line) for line in lines]

    assert found() == []
    store.run(f"UPDATE {table} SET credit_units = credit_units - 1")
    assert found()
    assert project.number in found()[0]
