"""网关的探针：每分钟给自己发一包，入库的分钟数就是证据。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """One gateway process seen within a day: newest committed probe and probes of the last hour (of 60)."""

    id: int
    name: str
    last: datetime | None
    n: int


def gateway_lines(now: datetime) -> tuple[GatewayLine, ...]:
    """Gateways and their probes, by number (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.id, g.name, max(c.minute), count(c.minute) FROM gateway_instance g"
            " LEFT JOIN canary c ON c.gateway_id = g.id AND c.minute > %s AND c.minute <= %s"
            " WHERE g.last_seen > %s GROUP BY g.id, g.name ORDER BY g.id",
            [now - timedelta(hours=1), now, now - timedelta(days=1)],
        )
        return tuple(GatewayLine(*row) for row in cursor.fetchall())
