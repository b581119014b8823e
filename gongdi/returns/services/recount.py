"""复核回传率：从位图重算项目日与月计数，逐项指出差异；待结算的不算差异。"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import connection

from gongdi.kernel.clock import shanghai_day
from gongdi.projects.models import Project
from gongdi.returns.models import ProjectDay
from gongdi.returns.services.duties import sites
from gongdi.returns.services.settle import compute_day
from gongdi.telemetry.services.recount import Difference
from gongdi.telemetry.terms import Terms

MONTHS = """
SELECT p.number, m.month FROM returns_projectmonth m JOIN projects_project p ON p.id = m.project_id
LEFT JOIN (SELECT project_id, date_trunc('month', day)::date AS month, sum(credit_units) AS credit_units,
                  sum(on_time_units) AS on_time_units, sum(counted) AS counted
           FROM returns_projectday WHERE day BETWEEN %s AND %s GROUP BY 1, 2) AS d
    ON d.project_id = m.project_id AND d.month = m.month
WHERE m.month BETWEEN %s AND %s AND (m.credit_units, m.on_time_units, m.counted)
      IS DISTINCT FROM (d.credit_units, d.on_time_units, d.counted)
ORDER BY 1, 2
"""


def recount_rates_day(day: date, terms: Terms, now: datetime) -> Iterator[Difference]:
    """Project results of one closed day against the maps; inside the caller's snapshot."""
    if day >= shanghai_day(now):
        return
    stored = {row.project_id: row for row in ProjectDay.objects.filter(day=day)}
    if not stored:
        return
    waiting = _waiting(day)
    numbers = dict(Project.objects.filter(id__in=stored).values_list("id", "number"))
    for project, result in sorted(compute_day(day, sites().values(), terms).items()):
        row = stored.get(project)
        if row is None or project in waiting:
            continue
        have = (row.credit_units, row.on_time_units, row.counted)
        if have != (result.credit, result.on_time, result.counted):
            text = f"项目 {numbers[project]} 当日得分与位图不符"
            yield Difference("", day, None, None, text)


def recount_months(first: date, last: date) -> Iterator[Difference]:
    """Month counters against the sums of their days."""
    with connection.cursor() as cursor:
        months = [first.replace(day=1), last]
        cursor.execute(MONTHS, [months[0], last, *months])
        for number, month in cursor.fetchall():
            yield Difference("", month, None, None, f"项目 {number} {month:%Y-%m} 月计数与各日之和不符")


def _waiting(day: date) -> set[int]:
    """Projects with a device-day still on the list."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT e.project_id FROM telemetry_dirtyday d"
            " JOIN equipment_device e ON e.gateway_device_id = d.device_id WHERE d.day = %s",
            [day],
        )
        return {row[0] for row in cursor.fetchall()}
