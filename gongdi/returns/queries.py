"""回传率的唯一出口：页面、文件、导出都从这里取数，每个数都经同一个规则函数。"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db import connection
from django.db.models import Max, QuerySet, Sum

from gongdi.kernel.clock import day_end, shanghai_day
from gongdi.kernel.exact import fraction_text, parse_fraction, percent_text, ratio
from gongdi.kernel.policy import division_prefix
from gongdi.projects.models import Project
from gongdi.returns.models import (
    AccessFact,
    EnterpriseMonth,
    ProjectDay,
    ProjectMonth,
    RegionDay,
    RegionMonth,
)
from gongdi.returns.rating import combined_of, dust_rate, weights_of
from gongdi.returns.rules import Weights, entry_rate
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from gongdi.telemetry.terms import load_terms

NOT_APPLICABLE = "不适用"


@dataclass(frozen=True, slots=True)
class StreamRate:
    """One stream (documents / video / dust): exact n/N, percent truncated; `rate` None = 不适用."""

    stream: str
    label: str
    numerator: Fraction
    denominator: int
    rate: Fraction | None
    percent: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Rate:
    """数据回传率 of one subject and month. Streams that do not apply have `rate` None (不适用)."""

    subject_id: int
    month: date
    documents: StreamRate
    video: StreamRate
    dust: StreamRate
    combined: Fraction | None
    percent: str | None
    text: str
    is_full: bool
    provisional: bool
    on_time_percent: str | None
    computed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegionRate:
    """地区: mean of the project rates, share of projects at 100%, 项目入库率 pairs, all exact."""

    division: str
    month: date
    projects: int
    rated: int
    mean: Fraction | None
    mean_percent: str | None
    share_full: Fraction | None
    share_full_percent: str | None
    full: int
    entered: int
    due_set: int
    entry_percent: str | None


@dataclass(frozen=True, slots=True)
class DayRate:
    """One day of a series: dust credit of the project-day (mean over a region), n/N device-days."""

    day: date
    credit: Fraction | None
    percent: str | None
    counted: int


@dataclass(frozen=True, slots=True)
class Access:
    """接入: date on which entry and dust were both there; `connected_on` None = not yet."""

    project_id: int
    entered_on: date | None
    dust_on: date | None
    connected_on: date | None
    deadline: date | None
    devices_required: int
    devices_proven: int


def rate_of_project(project_id: int, month: date, now: datetime | None = None) -> Rate:
    """Rate of one project in the calendar month that contains `month` (3 queries)."""
    return rates_of_projects([project_id], month, now)[project_id]


def rates_of_projects(
    project_ids: Sequence[int], month: date, now: datetime | None = None
) -> Mapping[int, Rate]:
    """Rates of many projects for a list page; every id asked has an entry (3 queries).

    Whether the month is provisional (暂计) is judged at `now`, without it at the end of the day `month`.
    """
    first = month.replace(day=1)
    rows = ProjectMonth.objects.filter(month=first, project_id__in=list(project_ids))
    counters = {
        row.project_id: _Counter(row.credit_units, row.on_time_units, row.counted, row.updated_at)
        for row in rows
    }
    return _rates(project_ids, counters, first, now or day_end(month))


def rate_of_enterprise(enterprise_id: int, month: date, now: datetime | None = None) -> Rate:
    """Rate of an enterprise: sums of numerators and denominators over its projects as 施工总承包."""
    return rates_of_enterprises([enterprise_id], month, now)[enterprise_id]


def rates_of_enterprises(
    enterprise_ids: Sequence[int], month: date, now: datetime | None = None
) -> Mapping[int, Rate]:
    """Rates of many enterprises (3 queries)."""
    first = month.replace(day=1)
    rows = EnterpriseMonth.objects.filter(month=first, enterprise_id__in=list(enterprise_ids))
    counters = {
        row.enterprise_id: _Counter(
            int(row.credit_units), int(row.on_time_units), row.counted, row.updated_at
        )
        for row in rows
    }
    return _rates(enterprise_ids, counters, first, now or day_end(month))


def rate_over(rows: QuerySet[Project], month: date, now: datetime | None = None) -> Rate:
    """Rate over some projects together, whatever they are: sums of numerators and denominators (3 queries)."""
    first = month.replace(day=1)
    counters = ProjectMonth.objects.filter(month=first, project_id__in=rows.order_by().values("pk"))
    sums = counters.aggregate(
        units=Sum("credit_units"), on_time=Sum("on_time_units"), counted=Sum("counted"), at=Max("updated_at")
    )
    counter = _Counter(int(sums["units"] or 0), int(sums["on_time"] or 0), sums["counted"] or 0, sums["at"])
    return _rates([0], {0: counter}, first, now or day_end(month))[0]


def rates_of_regions(divisions: Sequence[str], month: date, now: datetime) -> Mapping[str, RegionRate]:
    """Rates of divisions by code or prefix (14 or 140000 = province, 1401, 140105), by the words asked.

    项目入库率: entered / due set, projects under construction past their deadline or entered (2 queries).
    """
    first, prefixes = month.replace(day=1), {word: division_prefix(word.ljust(6, "0")) for word in divisions}
    rows = {
        row.prefix: row for row in RegionMonth.objects.filter(month=first, prefix__in=set(prefixes.values()))
    }
    entries = _entries(set(prefixes.values()), shanghai_day(now))
    return {
        word: _region(word, rows.get(prefix), entries.get(prefix, (0, 0, 0)), first)
        for word, prefix in prefixes.items()
    }


def days_of_project(project_id: int, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """Daily dust result of one project, oldest first (30-day trend, 1 query)."""
    first = until - timedelta(days=days - 1)
    rows = ProjectDay.objects.filter(project_id=project_id, day__range=(first, until))
    found = {row.day: (row.credit_units, row.counted) for row in rows}
    return _series(found, first, days)


def days_of_region(division: str, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """Daily dust result of all projects of a division prefix, oldest first (1 query).

    Sum of credits over counted device-days of the day.
    """
    first, prefix = until - timedelta(days=days - 1), division_prefix(division.ljust(6, "0"))
    rows = RegionDay.objects.filter(prefix=prefix, day__range=(first, until))
    found = {row.day: (int(row.credit_units), row.counted) for row in rows}
    return _series(found, first, days)


def access_of_projects(project_ids: Sequence[int]) -> Mapping[int, Access]:
    """Stored access facts (接入) of many projects (2 queries)."""
    facts = {row.project_id: row for row in AccessFact.objects.filter(project_id__in=list(project_ids))}
    found = {}
    rows = Project.objects.filter(id__in=list(project_ids)).values_list(
        "id", "connected_on", "access_deadline"
    )
    for project_id, connected_on, deadline in rows:
        fact = facts.get(project_id)
        found[project_id] = Access(
            project_id=project_id,
            entered_on=fact.entered_on if fact else None,
            dust_on=fact.dust_on if fact else None,
            connected_on=connected_on,
            deadline=deadline,
            devices_required=fact.required if fact else 0,
            devices_proven=fact.proven if fact else 0,
        )
    return found


@dataclass(frozen=True, slots=True)
class _Counter:
    units: int
    on_time: int
    counted: int
    at: datetime | None


_NOTHING = _Counter(0, 0, 0, None)


def _rates(
    ids: Sequence[int], counters: Mapping[int, _Counter], month: date, now: datetime
) -> dict[int, Rate]:
    terms = load_terms()
    weights = weights_of(month, terms)
    provisional = terms.lock_of(month) > now
    return {i: _rate(i, counters.get(i, _NOTHING), month, weights, provisional) for i in ids}


def _rate(subject: int, counter: _Counter, month: date, weights: Weights, provisional: bool) -> Rate:
    combined = combined_of(counter.units, counter.counted, weights)
    dust = _stream("dust", "扬尘", Fraction(counter.units, CREDIT_UNIT), counter.counted)
    return Rate(
        subject_id=subject,
        month=month,
        documents=_stream("documents", "资料", Fraction(0), 0),
        video=_stream("video", "视频", Fraction(0), 0),
        dust=dust,
        combined=combined.rate,
        percent=percent_text(combined.rate),
        text=percent_text(combined.rate) or NOT_APPLICABLE,
        is_full=combined.is_full is True,
        provisional=provisional,
        on_time_percent=percent_text(dust_rate(counter.on_time, counter.counted)),
        computed_at=counter.at,
    )


def _stream(stream: str, label: str, numerator: Fraction, denominator: int) -> StreamRate:
    rate = ratio(numerator, denominator)
    text = _pair_text(numerator, denominator, rate)
    return StreamRate(stream, label, numerator, denominator, rate, percent_text(rate), text)


def _pair_text(numerator: Fraction, denominator: int, rate: Fraction | None) -> str:
    """n/N beside the percentage; with a broken credit the exact fraction (499/504)."""
    if numerator.denominator == 1 and denominator:
        return f"{numerator}/{denominator}"
    return fraction_text(rate) or NOT_APPLICABLE


def _entries(prefixes: set[str], today: date) -> dict[str, tuple[int, int, int]]:
    """Projects, entered ones and the due set of each prefix."""
    if not prefixes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.prefix, count(p.id), count(p.id) FILTER (WHERE f.entered_on IS NOT NULL),"
            " count(p.id) FILTER (WHERE f.entered_on IS NOT NULL OR p.access_deadline < %s)"
            " FROM unnest(%s::text[]) AS x(prefix)"
            " JOIN projects_project p ON p.division_id LIKE x.prefix || '%%' AND NOT p.holding"
            " AND p.status <> 'completed' LEFT JOIN returns_accessfact f ON f.project_id = p.id GROUP BY x.prefix",
            [today, sorted(prefixes)],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _region(word: str, row: RegionMonth | None, entry: tuple[int, int, int], month: date) -> RegionRate:
    projects, entered, due_set = entry
    mean = parse_fraction(row.mean) if row and row.mean else None
    share = ratio(row.full, row.rated) if row else None
    return RegionRate(
        division=word,
        month=month,
        projects=projects,
        rated=row.rated if row else 0,
        mean=mean,
        mean_percent=percent_text(mean),
        share_full=share,
        share_full_percent=percent_text(share),
        full=row.full if row else 0,
        entered=entered,
        due_set=due_set,
        entry_percent=percent_text(entry_rate(entered, due_set)),
    )


def _series(found: Mapping[date, tuple[int, int]], first: date, days: int) -> tuple[DayRate, ...]:
    series = []
    for n in range(days):
        day = first + timedelta(days=n)
        units, counted = found.get(day, (0, 0))
        credit = dust_rate(units, counted)
        series.append(DayRate(day, credit, percent_text(credit), counted))
    return tuple(series)
