"""地区日：一天结算之后，把当天的得分按所在区划合计，走势图只读三十行。"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

DAYS = """
INSERT INTO returns_regionday (prefix, day, credit_units, counted, updated_at)
SELECT left(p.division_id, n.length), d.day, sum(d.credit_units), sum(d.counted), %s
FROM returns_projectday d JOIN projects_project p ON p.id = d.project_id CROSS JOIN (VALUES (2), (4), (6)) AS n(length)
WHERE d.day = ANY (%s) GROUP BY 1, 2
ON CONFLICT (prefix, day) DO UPDATE SET credit_units = EXCLUDED.credit_units, counted = EXCLUDED.counted,
    updated_at = EXCLUDED.updated_at
"""


def sum_days(days: Sequence[date], now: datetime) -> None:
    """Recompute the sums of some days for every division prefix from the project-days (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [now, list(days)])
