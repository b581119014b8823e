"""Rates in the shapes of returns.queries, made from a seed of the project's key."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from gongdi.returns.queries import Access, DayRate, Rate, RegionRate, StreamRate


def percent(share: Fraction | None) -> str | None:
    """Two decimals, truncated."""
    if share is None:
        return None
    hundredths = int(share * 10000)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _stream(name: str, label: str, pair: tuple[int, int] | None) -> StreamRate:
    if pair is None:
        return StreamRate(name, label, Fraction(0), 0, None, None, "不适用")
    share = Fraction(*pair)
    return StreamRate(name, label, Fraction(pair[0]), pair[1], share, percent(share), f"{pair[0]}/{pair[1]}")


def rate(key: int, month: date) -> Rate:
    """A third of the projects is full, one in eleven not counted yet."""
    pair = None if key % 11 == 5 else (46, 46) if key % 3 == 0 else (46 - key % 13, 46)
    dust = _stream("dust", "扬尘", pair)
    return Rate(
        key, month.replace(day=1), _stream("documents", "资料", None), _stream("video", "视频", None), dust,
        dust.rate, dust.percent, dust.percent or "接入期限前不计", dust.rate == 1, True, "97.52", None,
    )  # fmt: skip


def rate_of_project(project_id: int, month: date) -> Rate:
    """One project."""
    return rate(project_id, month)


def rates_of_projects(project_ids: Sequence[int], month: date) -> dict[int, Rate]:
    """Many projects."""
    return {key: rate(key, month) for key in project_ids}


def rate_of_enterprise(enterprise_id: int, month: date) -> Rate:
    """One enterprise."""
    return rate(enterprise_id + 1, month)


def rate_over(rows: object, month: date) -> Rate:
    """One rate for all."""
    return rate(1, month)


def rates_of_regions(divisions: Sequence[str], month: date, now: datetime) -> dict[str, RegionRate]:
    """Means between 93 and 100 percent by code."""
    found = {}
    for code in divisions:
        mean = Fraction(9300 + int(code) * 37 % 690, 10000)
        share = Fraction(13, 40)
        found[code] = RegionRate(
            code,
            month,
            40,
            38,
            mean,
            percent(mean),
            share,
            percent(share),
            13,
            37,
            38,
            percent(Fraction(37, 38)),
        )
    return found


def days_of(start: int, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """A rising series."""
    found = []
    for offset in range(days):
        credit = min(Fraction(1), Fraction(940 + offset * 2 + (offset * 7919 + start) % 13, 1000))
        found.append(DayRate(until - timedelta(days=days - 1 - offset), credit, percent(credit), 42))
    return tuple(found)


def days_of_project(project_id: int, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """One project."""
    return days_of(project_id, until, days)


def days_of_region(division: str, until: date, days: int = 30) -> tuple[DayRate, ...]:
    """One region."""
    return days_of(int(division), until, days)


def access_of_projects(project_ids: Sequence[int]) -> dict[int, Access]:
    """Entered and proven."""
    return {
        key: Access(key, date(2026, 4, 29), date(2026, 4, 29), date(2026, 4, 29), date(2026, 5, 13), 2, 2)
        for key in project_ids
    }
