"""手算的月份：真实的写入、汇总、故障、免传和结算给出的每个数，与手算的表逐行相同。"""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction

from gongdi.cli import recount
from gongdi.ingest.rows import Outcome
from gongdi.monitor.queries.month import month_counts
from gongdi.monitor.queries.strip import HourCell, hour_strip
from gongdi.returns import queries
from gongdi.returns.models import ProjectDay
from gongdi.returns.services.recount import recount_months, recount_rates_day
from gongdi.telemetry.models import PlatformFault
from gongdi.telemetry.queries.coverage import DeviceDays, device_days
from gongdi.telemetry.queries.states import SlotState
from gongdi.telemetry.rules.hours import CREDIT_UNIT, day_credit, hour_valid
from gongdi.telemetry.rules.minutes import effective_expected
from gongdi.telemetry.services.recount import recount_day
from gongdi.telemetry.terms import load_terms
from tests.flows import dust_month
from tests.flows.dust_month import Replay, World
from tests.telemetry.building import at

GIVEN = dust_month.scenario()
MONTH = date(2026, 9, 1)
DAYS = [date(2026, 9, n) for n in range(1, 6)]
JUDGED = at(GIVEN["judged_at"])
BEFORE_LOCK = at("2026-10-10 12:00")
REPEATED = 23
"""Samples of the scenario that are sent twice: 10 and 1 of A1, 12 of A2."""

Key = tuple[str, ...]
Table = dict[Key, Key]


@pytest.fixture
def replay(transactional_db: None, dsn: Callable[[str], str]) -> Iterator[Replay]:
    """Yield the month before its first minute."""
    rules = dust_month.duty_of_the_month(GIVEN)
    try:
        player = Replay(dsn, GIVEN, dust_month.build(GIVEN))
        yield player
        player.close()
    finally:
        for rule in rules:
            rule.delete()


def test_every_row_is_what_was_computed_by_hand(replay: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    early = lived(replay)
    world = replay.world
    assert replay.outcomes == {Outcome.STORED: len(replay.rows) - REPEATED, Outcome.REPEAT: REPEATED}
    assert list(PlatformFault.objects.values_list("gateway_id", "starts", "ends")) == [
        (None, at("2026-09-03 10:20"), at("2026-09-03 12:30"))
    ]
    assert load_terms().lock_of(MONTH) == JUDGED
    found = {
        "states_at": differences(wanted("states_at", 4, "state"), early),
        "hours": differences(wanted_hours(), hours(world)),
        "days": differences(wanted("days", 2, "expected_hours valid_hours needed credit"), days(world)),
        "counts": differences(wanted("counts", 2, "应传 按时 实传 有效"), counts(world)),
        "project_days": differences(wanted_project_days(), project_days(world)),
        "rates": differences(
            wanted("rates", 2, "numerator denominator rate percent_truncated"), rates(world)
        ),
    }
    assert "\n".join(f"{name} {line}" for name, lines in found.items() for line in lines) == ""
    assert recount.run(["--month", "2026-09"]) == 0
    assert "差异 0 处" in capsys.readouterr().out


def lived(replay: Replay) -> Table:
    """Live through the month; the states at the earlier moments, and a clean recount before the lock."""
    asked = [tuple(row)[:4] for row in read("states_at")]
    moments = {*replay.moments(), *(at(row[3]) for row in asked), BEFORE_LOCK, JUDGED}
    found: Table = {}
    for moment in sorted(moments):
        replay.live_until(moment)
        for name, day, hour, asked_at in asked:
            if at(asked_at) == moment:
                cell = cells(replay.world.devices[name], moment)[date.fromisoformat(day)][int(hour)]
                found[name, day, hour, asked_at] = (word(cell.state),)
        if moment == BEFORE_LOCK:
            assert recounted(moment) == []
    return found


def recounted(now: datetime) -> list[str]:
    """Differences that the recount names at `now`, masks included."""
    terms, lines = load_terms(), []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for day in DAYS:
            lines += [*recount_day(day, terms, now), *recount_rates_day(day, terms, now)]
        lines += recount_months(DAYS[0], DAYS[-1])
    return [str(line) for line in lines]


def read(name: str) -> list[list[str]]:
    """Rows of a table without its head."""
    text = (dust_month.DATA / f"expected_{name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]


def wanted(name: str, keys: int, columns: str) -> Table:
    """A table by its first columns; `columns` are those that follow, the reason left out."""
    size = len(columns.split())
    return {tuple(row[:keys]): tuple(row[keys : keys + size]) for row in read(name)}


def differences(want: Table, have: Table) -> list[str]:
    """One line for each row that differs, is missing or was not asked for."""
    keys = sorted(want.keys() | have.keys())
    return [
        f"{key}: 表 {want.get(key)}，系统 {have.get(key)}" for key in keys if want.get(key) != have.get(key)
    ]


def word(state: SlotState | None) -> str:
    return "" if state is None else state.label


def text(value: object) -> str:
    return "" if value is None else str(value)


def cells(device: int, now: datetime) -> dict[date, tuple[HourCell, ...]]:
    """The hour cells that the page shows at `now`."""
    strip = hour_strip(device, now, days=(now.date() - DAYS[0]).days + 1)
    return {column.day: column.cells for column in strip.days}


def wanted_hours() -> Table:
    """Every hour of a device in service: named rows, and the row `*,*,*` for all others."""
    rows = read("hours")
    (every,) = [tuple(row[3:7]) for row in rows if row[0] == "*"]
    table: Table = {
        (name, str(day), f"{hour:02d}"): every for name, day in in_service() for hour in range(24)
    }
    for name, day, span, *values in rows:
        if name != "*":
            first, last = int(span[:2]), int(span[-2:])
            table.update({(name, day, f"{h:02d}"): tuple(values[:4]) for h in range(first, last + 1)})
    return table


def in_service() -> list[tuple[str, date]]:
    """Device-days of the scenario."""
    return [
        (entry["id"], day)
        for entry in GIVEN["devices"]
        for day in DAYS
        if day >= at(entry["in_service"]["from"]).date()
    ]


def hours(world: World) -> Table:
    """Expected and valid minutes, whether valid, state of each hour at the end."""
    share, table = load_terms().of(MONTH).hour_share, Table()
    shown = {name: cells(device, JUDGED) for name, device in world.devices.items()}
    for name, day in in_service():
        for cell in shown[name][day]:
            due, good = cell.due_minutes, cell.valid_minutes
            valid = str(hour_valid(due, good, share)).lower() if due else ""
            table[name, str(day), f"{cell.hour:02d}"] = (str(due), str(good), valid, word(cell.state))
    return table


def days(world: World) -> Table:
    """Stored hours of each device-day with what they need and earn."""
    table, share = Table(), load_terms().of(MONTH).day_hours
    for name, device in world.devices.items():
        for day, (expected, valid) in device_days(device, DAYS[0], DAYS[-1]).hours.items():
            credit = day_credit(expected, valid, share)
            values = (expected, valid, credit.needed, credit.credit)
            table[name, str(day)] = tuple(map(text, values))
    return {
        key: values for key, values in table.items() if (key[0], date.fromisoformat(key[1])) in in_service()
    }


def counts(world: World) -> Table:
    """The four counts of each device-day in minutes; the sums are those of the month page, in samples."""
    table = Table()
    for name, device in world.devices.items():
        found = device_days(device, DAYS[0], DAYS[-1])
        per_day = {day: four(found, day) for own, day in in_service() if own == name}
        table.update({(name, str(day)): tuple(map(str, values)) for day, values in per_day.items()})
        total = [sum(values) for values in zip(*per_day.values(), strict=True)]
        table[name, "total"] = tuple(map(str, total))
        page = month_counts(device, MONTH, JUDGED)
        shown = [page.expected, page.on_time.n, page.received.n, page.valid.n]
        assert shown == [minutes // found.interval for minutes in total], name
    return table


def four(found: DeviceDays, day: date) -> tuple[int, ...]:
    maps = found.of(day)
    due = effective_expected(maps.expected, maps.exempt, maps.fault, maps.received)
    return tuple((due & own).bit_count() for own in (due, maps.on_time, maps.received, maps.valid))


def wanted_project_days() -> Table:
    """n, missing devices, sum of credits, counted device-days; no row where there is no duty."""
    table = Table()
    for project, day, n, chosen, credit, counted, _ in read("project_days"):
        if n != "0":
            table[project, day] = (n, str(chosen.count("missing")), credit, counted, chosen)
    return table


def project_days(world: World) -> Table:
    """Stored project-days; the chosen devices are confirmed by their own credits."""
    numbers = {project.id: name for name, project in world.projects.items()}
    chosen = {key: values[-1] for key, values in wanted_project_days().items()}
    earned = {key: Fraction(values[3] or 0) for key, values in days(world).items()}
    table = Table()
    for row in ProjectDay.objects.all():
        key, credit = (numbers[row.project_id], str(row.day)), Fraction(row.credit_units, CREDIT_UNIT)
        sums = [
            sum(earned.get((name, key[1]), Fraction(0)) for name in choice.split(" + "))
            for choice in chosen.get(key, "").split(" or ")
        ]
        confirmed = chosen.get(key, "") if set(sums) == {credit} else f"得分 {sums}"
        table[key] = (str(row.required), str(row.missing), str(credit), str(row.counted), confirmed)
    return table


def rates(world: World) -> Table:
    """Rates as every page gets them: projects, the enterprise, counties and the city."""
    table = Table()
    subjects: list[tuple[str, str, Any]] = [
        ("project", name, queries.rate_of_project(project.id, MONTH, JUDGED))
        for name, project in world.projects.items()
    ]
    owner = queries.rate_of_enterprise(world.contractor.id, MONTH, JUDGED)
    for kind, name, rate in [*subjects, ("enterprise", GIVEN["enterprise"]["id"], owner)]:
        assert (rate.combined, rate.percent, rate.provisional) == (rate.dust.rate, rate.dust.percent, False)
        pair = (rate.dust.numerator, rate.dust.denominator) if rate.dust.denominator else (None, None)
        table[kind, name] = (*map(text, (*pair, rate.dust.rate)), rate.dust.percent or "")
    places = [("county", entry["code"]) for entry in GIVEN["counties"]] + [("city", GIVEN["city"]["code"])]
    regions = queries.rates_of_regions([code for _, code in places], MONTH, JUDGED)
    for kind, code in places:
        found = regions[code]
        assert found.mean is not None
        total = (found.mean * found.rated, found.rated, found.mean)
        table[kind, code] = (*map(text, total), found.mean_percent or "")
    return table
