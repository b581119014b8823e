"""回传率的例行工作：停机几天后补齐、接入当天起重算、夜里复算不改数、竣工后不再添天。"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from gongdi.projects.models import Project
from gongdi.projects.services.registering import set_connected
from gongdi.returns import queries
from gongdi.returns.models import AccessFact, EnterpriseMonth, ProjectDay, ProjectMonth, RegionMonth
from gongdi.returns.services.access import note_access
from gongdi.returns.services.settle import close_days, next_month, settle_waiting
from gongdi.returns.services.upkeep import each_minute, each_night
from gongdi.telemetry.services.fold_coverage import fold
from gongdi.telemetry.services.masks import refresh_masks
from gongdi.telemetry.terms import Terms
from tests.builders import make_device, make_project
from tests.telemetry.building import Store, at, minutes

SINCE = datetime(2026, 5, 1, tzinfo=UTC)
DAY = date(2026, 5, 20)
NOW = at("2026-05-21 10:00")


def site(*, connected: bool = True, devices: int = 1, kind: str = "HOUSE") -> tuple[Project, list[int]]:
    """A site past its deadline with dust devices."""
    project = make_project()
    Project.objects.filter(id=project.id).update(
        access_deadline=date(2026, 4, 30), kind=kind, entered_on=date(2026, 5, 2)
    )
    if connected:
        set_connected(project.id, date(2026, 4, 20))
    return project, [make_device(project, now=SINCE).gateway_device_id for _ in range(devices)]


def hours(store: Store, terms: Terms, device: int, count: int, day: date = DAY) -> None:
    """`count` full hours from 00:00."""
    store.flush(device, minutes(at(f"{day} 00:00"), count * 60), rows=False)
    fold(terms, NOW)


def test_days_missed_while_the_platform_was_off_are_closed_when_it_returns(
    store: Store, terms: Terms
) -> None:
    project, (one,) = site()
    days = [date(2026, 5, 15) + timedelta(days=n) for n in range(6)]
    refresh_masks([(one, day) for day in days], terms, NOW)
    each_minute(terms, at("2026-05-16 01:00"))
    assert ProjectDay.objects.filter(project_id=project.id).count() == 15
    each_minute(terms, NOW)
    found = list(
        ProjectDay.objects.filter(project_id=project.id).order_by("day").values_list("day", flat=True)
    )
    assert found == [date(2026, 5, 1) + timedelta(days=n) for n in range(20)]
    assert (
        ProjectMonth.objects.get(project_id=project.id).counted
        == ProjectDay.objects.filter(counted=1).count()
    )


def test_the_open_day_is_never_settled(store: Store, terms: Terms) -> None:
    _, (one,) = site()
    hours(store, terms, one, 10, date(2026, 5, 21))
    each_minute(terms, NOW)
    assert not ProjectDay.objects.filter(day__gte=date(2026, 5, 21)).exists()
    assert close_days(terms, NOW) == []


def test_a_project_counts_from_the_day_it_is_connected(store: Store, terms: Terms) -> None:
    """逾期的天计 0；接入那天按实际得分，前面的 0 不改写。"""
    project, (one,) = site(connected=False)
    hours(store, terms, one, 24, date(2026, 5, 19))
    hours(store, terms, one, 24, DAY)
    each_minute(terms, NOW)
    assert queries.access_of_projects([project.id])[project.id].connected_on == date(2026, 5, 19)
    rows = {row.day.day: (row.overdue, row.credit_units > 0) for row in ProjectDay.objects.all()}
    assert rows[18] == (True, False)
    assert rows[19] == rows[20] == (False, True)


def test_a_kind_without_a_dust_duty_is_connected_by_its_entry(store: Store, terms: Terms) -> None:
    project, _ = site(connected=False, devices=0, kind="FITOUT")
    assert note_access(terms, NOW) == {project.id: date(2026, 5, 2)}
    fact = AccessFact.objects.get(project_id=project.id)
    assert (fact.required, fact.proven, fact.dust_on) == (0, 0, date(2026, 5, 2))
    each_minute(terms, NOW)
    assert not ProjectDay.objects.filter(project_id=project.id).exists()
    assert queries.rate_of_project(project.id, DAY, NOW).text == "不适用"


def test_without_devices_there_is_no_connection_and_every_day_is_zero(store: Store, terms: Terms) -> None:
    project, _ = site(connected=False, devices=0)
    each_minute(terms, NOW)
    assert queries.access_of_projects([project.id])[project.id].connected_on is None
    assert set(ProjectDay.objects.values_list("credit_units", "overdue")) == {(0, True)}
    rate = queries.rate_of_project(project.id, DAY, NOW)
    assert (rate.percent, rate.is_full) == ("0.00", False)


def test_the_night_run_finds_the_same_numbers(store: Store, terms: Terms) -> None:
    _, (one,) = site()
    hours(store, terms, one, 19)
    each_minute(terms, NOW)
    before = list(ProjectDay.objects.order_by("day").values_list("day", "credit_units", "counted", "missing"))
    months = list(ProjectMonth.objects.values_list("credit_units", "on_time_units", "counted"))
    assert each_night(terms, NOW) > 0
    assert (
        list(ProjectDay.objects.order_by("day").values_list("day", "credit_units", "counted", "missing"))
        == before
    )
    assert list(ProjectMonth.objects.values_list("credit_units", "on_time_units", "counted")) == months


def test_late_back_fill_reaches_the_month_the_firm_and_the_region(store: Store, terms: Terms) -> None:
    project, (one,) = site()
    hours(store, terms, one, 12)
    each_minute(terms, NOW)
    assert project.contractor_id is not None
    before = EnterpriseMonth.objects.get(enterprise_id=project.contractor_id).credit_units
    mean = queries.rates_of_regions(["140105"], DAY, NOW)["140105"].mean
    later = NOW + timedelta(minutes=5)
    store.flush(one, minutes(at("2026-05-20 12:00"), 12 * 60, received=later), rows=False)
    fold(terms, later)
    each_minute(terms, later)
    assert EnterpriseMonth.objects.get(enterprise_id=project.contractor_id).credit_units > before
    after = queries.rates_of_regions(["140105"], DAY, later)["140105"].mean
    assert mean is not None
    assert after is not None
    assert after > mean


def test_completion_adds_no_days_and_takes_none_away(store: Store, terms: Terms) -> None:
    project, (one,) = site()
    hours(store, terms, one, 24)
    each_minute(terms, NOW)
    before = ProjectMonth.objects.values_list("credit_units", "counted").get(project_id=project.id)
    Project.objects.filter(pk=project.pk).update(status="completed")
    each_minute(terms, at("2026-05-23 10:00"))
    each_night(terms, at("2026-05-23 10:00"))
    assert not ProjectDay.objects.filter(day__gt=DAY).exists()
    assert ProjectMonth.objects.values_list("credit_units", "counted").get(project_id=project.id) == before


def test_a_spare_device_never_lowers_the_rate(store: Store, terms: Terms) -> None:
    """多装一台坏的，不会拉低项目：每日取最好的 n 台。"""
    project, (one, _silent) = site(devices=2)
    hours(store, terms, one, 24)
    settle_waiting(terms, NOW)
    row = ProjectDay.objects.get(project_id=project.id, day=DAY)
    assert (row.required, row.counted, row.missing) == (1, 1, 0)
    (found,) = queries.days_of_project(project.id, DAY, days=1)
    assert found.credit == Fraction(1)


def test_an_empty_platform_keeps_quiet(store: Store, terms: Terms) -> None:
    each_minute(terms, NOW)
    each_night(terms, NOW)
    assert not ProjectDay.objects.exists()
    assert not ProjectMonth.objects.exists()
    assert not RegionMonth.objects.exclude(projects=0).exists()


@pytest.mark.parametrize(
    ("month", "following"),
    [
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_the_month_after(month: date, following: date) -> None:
    assert next_month(month) == following
