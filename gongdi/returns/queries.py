"""回传率的唯一出口：页面、文件、导出都从这里取数，每个数都经同一个规则函数。"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction


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


def rate_of_project(project_id: int, month: date) -> Rate:
    """Rate of one project in the calendar month that contains `month` (one query)."""
    raise NotImplementedError


def rates_of_projects(project_ids: Sequence[int], month: date) -> Mapping[int, Rate]:
    """Rates of many projects for a list page; every id asked has an entry (one query)."""
    raise NotImplementedError


def rate_of_enterprise(enterprise_id: int, month: date) -> Rate:
    """Rate of an enterprise: sums of numerators and denominators over its projects as 施工总承包."""
    raise NotImplementedError


def rates_of_enterprises(enterprise_ids: Sequence[int], month: date) -> Mapping[int, Rate]:
    """Rates of many enterprises (one query)."""
    raise NotImplementedError


def rates_of_regions(divisions: Sequence[str], month: date, now: datetime) -> Mapping[str, RegionRate]:
    """Rates of divisions by code prefix (14 = province, 1401 = city, 140105 = county)."""
    raise NotImplementedError


def days_of_project(project_id: int, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """Daily dust result of one project, oldest first (30-day trend)."""
    raise NotImplementedError


def days_of_region(division: str, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """Mean daily dust result of all projects of a division prefix, oldest first."""
    raise NotImplementedError


def access_of_projects(project_ids: Sequence[int]) -> Mapping[int, Access]:
    """Stored access facts (接入) of many projects (one query)."""
    raise NotImplementedError
