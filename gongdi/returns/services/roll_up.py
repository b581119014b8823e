"""企业与地区的汇总：企业把分子分母相加，地区取项目回传率的均值。

依据: 379-3.5.b
"""

from collections import Counter
from datetime import date, datetime
from fractions import Fraction

from django.db import connection, transaction

from gongdi.kernel.exact import fraction_text, ratio, total
from gongdi.projects.models import Project
from gongdi.returns.models import BodyMonth, ProjectMonth, RegionMonth
from gongdi.returns.rating import combined_of, weights_of
from gongdi.telemetry.terms import Terms

ENTERPRISES = """
INSERT INTO returns_enterprisemonth (month, enterprise_id, credit_units, on_time_units, counted, updated_at)
SELECT m.month, p.contractor_id, sum(m.credit_units), sum(m.on_time_units), sum(m.counted), %s
FROM returns_projectmonth m JOIN projects_project p ON p.id = m.project_id
WHERE m.month = %s AND p.contractor_id IS NOT NULL
GROUP BY m.month, p.contractor_id
ON CONFLICT (month, enterprise_id) DO UPDATE SET credit_units = EXCLUDED.credit_units,
    on_time_units = EXCLUDED.on_time_units, counted = EXCLUDED.counted, updated_at = EXCLUDED.updated_at
"""
Counts = Counter[tuple[int, int]]


def roll_up(month: date, terms: Terms, now: datetime) -> int:
    """Recompute all enterprises and divisions of one month from the project counters; divisions written."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ENTERPRISES, [now, month])
        places: dict[int, str] = dict(Project.objects.filter(holding=False).values_list("id", "division_id"))
        counters: dict[int, tuple[int, int]] = {
            project: (units, counted)
            for project, units, counted in ProjectMonth.objects.filter(month=month).values_list(
                "project_id", "credit_units", "counted"
            )
        }
        groups: dict[str, Counts] = {}
        for project, division in places.items():
            for prefix in (division[:2], division[:4], division):
                groups.setdefault(prefix, Counter())[counters.get(project, (0, 0))] += 1
        rows = [_region(prefix, counts, month, terms, now) for prefix, counts in groups.items()]
        _bodies(counters, month, terms, now)
        RegionMonth.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["month", "prefix"],
            update_fields=["projects", "rated", "full", "mean", "updated_at"],
        )
        return len(rows)


def _bodies(counters: dict[int, tuple[int, int]], month: date, terms: Terms, now: datetime) -> None:
    """The same by who supervises: a body's own projects, and each city with its counties."""
    groups: dict[str, Counts] = {}
    supervised = Project.objects.filter(holding=False).exclude(safety_code="")
    for project, code in supervised.values_list("id", "safety_code"):
        for key in {code, code[:4]}:
            groups.setdefault(key, Counter())[counters.get(project, (0, 0))] += 1
    found = [_region(code, counts, month, terms, now) for code, counts in groups.items()]
    BodyMonth.objects.filter(month=month).delete()
    BodyMonth.objects.bulk_create(
        BodyMonth(
            month=month, code=row.prefix, projects=row.projects, rated=row.rated, full=row.full,
            mean=row.mean, updated_at=now,
        )
        for row in found
    )  # fmt: skip


def _region(prefix: str, counts: Counts, month: date, terms: Terms, now: datetime) -> RegionMonth:
    """Equal counters are combined once, so ten thousand projects cost as much as their distinct results."""
    weights = weights_of(month, terms)
    rates: list[Fraction] = []
    rated = full = 0
    for (units, counted), n in counts.items():
        combined = combined_of(units, counted, weights)
        if combined.rate is not None:
            rates.append(n * combined.rate)
            rated += n
            full += n * bool(combined.is_full)
    return RegionMonth(
        month=month,
        prefix=prefix,
        projects=sum(counts.values()),
        rated=rated,
        full=full,
        mean=fraction_text(ratio(total(rates), rated)),
        updated_at=now,
    )
