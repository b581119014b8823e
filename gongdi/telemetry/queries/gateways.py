"""网关的探针：每分钟给自己发一包，入库的分钟数就是证据。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from gongdi.telemetry.models import Canary


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """One gateway by its name (host:port) over its restarts within a day: number of the newest start, newest
    committed probe, minutes of the last hour with a probe (of 60), starts within the day."""

    id: int
    name: str
    last: datetime | None
    n: int
    starts: int = 1


def gateway_lines(now: datetime) -> tuple[GatewayLine, ...]:
    """Gateways and their probes, one line a name (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(g.id), g.name, max(c.minute), count(DISTINCT c.minute) FILTER (WHERE c.minute > %s),"
            " count(DISTINCT g.id) FROM gateway_instance g"
            " LEFT JOIN canary c ON c.gateway_id = g.id AND c.minute > %s AND c.minute <= %s"
            " WHERE g.last_seen > %s GROUP BY g.name ORDER BY max(g.id)",
            [now - timedelta(hours=1), now - timedelta(days=1), now, now - timedelta(days=1)],
        )
        return tuple(GatewayLine(*row) for row in cursor.fetchall())


def probe_minutes(starts: datetime, ends: datetime) -> list[datetime]:
    """Minutes in [starts, ends) with a committed probe of any gateway, ascending (1 query)."""
    rows = Canary.objects.filter(minute__gte=starts, minute__lt=ends).order_by("minute")
    return list(rows.values_list("minute", flat=True).distinct())
