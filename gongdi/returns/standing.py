"""本区位置：按监督归属，每个县（市）的入库率、回传率均值、100% 占比，以及自己在其中的名次。"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db import connection

from gongdi.kernel.exact import parse_fraction, percent_text, ratio
from gongdi.returns.models import BodyMonth
from gongdi.returns.rules import entry_rate

ENTRIES = """
SELECT CASE WHEN %s = 4 THEN left(p.safety_code, 4) ELSE p.safety_code END AS code,
    count(*) FILTER (WHERE f.entered_on IS NOT NULL),
    count(*) FILTER (WHERE f.entered_on IS NOT NULL OR p.access_deadline < %s)
FROM projects_project p LEFT JOIN returns_accessfact f ON f.project_id = p.id
WHERE NOT p.holding AND p.status <> 'completed' AND p.safety_code <> '' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Figures of one division by who supervises; a Fraction is None where there is nothing to count."""

    code: str
    entered: int
    due_set: int
    rated: int
    full: int
    mean: Fraction | None

    @property
    def entry(self) -> Fraction | None:
        """项目入库率."""
        return entry_rate(self.entered, self.due_set)

    @property
    def share_full(self) -> Fraction | None:
        """Share of the rated projects at 100%."""
        return ratio(self.full, self.rated)


@dataclass(frozen=True, slots=True)
class Standing:
    """One figure of all places: values in falling order, median, own value and rank (ties share the better)."""

    values: tuple[Fraction, ...]
    median: Fraction | None
    own: Fraction | None
    rank: int | None

    @property
    def percent(self) -> str | None:
        """Own value, truncated."""
        return percent_text(self.own)

    @property
    def median_percent(self) -> str | None:
        """Median, truncated."""
        return percent_text(self.median)


def places(length: int, month: date, today: date) -> tuple[Mapping[str, Place], datetime | None]:
    """All counties (`length` 6) or cities (4) that supervise projects, and when the rates were summed (2 queries).

    A body of a city or the province supervises for itself and is no county.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [length, today])
        entries = {code: (entered, due) for code, entered, due in cursor.fetchall()}
    rows = {row.code: row for row in BodyMonth.objects.filter(month=month.replace(day=1))}
    found = {}
    for code, (entered, due) in entries.items():
        if code.endswith("00") and length == 6:
            continue
        row = rows.get(code)
        mean = parse_fraction(row.mean) if row and row.mean else None
        found[code] = Place(code, entered, due, row.rated if row else 0, row.full if row else 0, mean)
    return found, max((row.updated_at for row in rows.values()), default=None)


def standing(found: Mapping[str, Place], own: str, figure: Callable[[Place], Fraction | None]) -> Standing:
    """Distribution of one figure over the places and where the own one stands."""
    known = {code: value for code, place in found.items() if (value := figure(place)) is not None}
    values = tuple(sorted(known.values(), reverse=True))
    mine = known.get(own)
    rank = None if mine is None else 1 + sum(value > mine for value in values)
    return Standing(values, _median(values), mine, rank)


def _median(values: tuple[Fraction, ...]) -> Fraction | None:
    if not values:
        return None
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
