"""网关进程的登记、探针和精确计数。"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class DeviceCounts:
    """Exact numbers of one device: `acked` = stored + repeats + conflicts that were answered."""

    acked: int
    stored: int
    repeats: int
    conflicts: int
    quarantined: dict[str, int]


def register(connection: psycopg.Connection[Any], name: str, now: datetime) -> int:
    """Announce a gateway process (网关进程); its id marks everything it writes."""
    row = connection.execute(
        "INSERT INTO gateway_instance (name, started_at, last_seen) VALUES (%s, %s, %s) RETURNING id",
        (name, now, now),
    ).fetchone()
    if row is None:
        raise psycopg.InterfaceError("网关登记没有返回编号")
    return int(row[0])


def seen(connection: psycopg.Connection[Any], gateway_id: int, now: datetime, stopped: bool = False) -> None:
    """Note that a gateway process lives, or that it stopped in order."""
    connection.execute(
        "UPDATE gateway_instance SET last_seen = %s, stopped_at = CASE WHEN %s THEN %s END WHERE id = %s",
        (now, stopped, now, gateway_id),
    )


def record_canary(connection: psycopg.Connection[Any], gateway_id: int, minute: datetime) -> None:
    """Commit the probe of a minute (探针); again is harmless."""
    connection.execute(
        "INSERT INTO canary (gateway_id, minute) VALUES (%s, %s) ON CONFLICT DO NOTHING", (gateway_id, minute)
    )


def device_counts(connection: psycopg.Connection[Any], device_id: int, device_no: str) -> DeviceCounts:
    """Exact counts of a device from the stored rows (不靠累加器); a few tens of milliseconds."""
    query = """
        SELECT (SELECT count(*) FROM obs_minute o WHERE o.device_id = %(id)s AND NOT EXISTS (
                SELECT FROM obs_block b WHERE b.device_id = %(id)s
                AND b.day = (o.ts AT TIME ZONE 'Asia/Shanghai')::date))
            + (SELECT coalesce(sum(n), 0) FROM obs_block WHERE device_id = %(id)s)
            + (SELECT count(*) FROM obs_reported WHERE device_id = %(id)s),
            (SELECT coalesce(sum(n), 0) FROM device_repeat WHERE device_id = %(id)s),
            (SELECT count(*) FROM obs_conflict WHERE device_id = %(id)s)"""
    row = connection.execute(query, {"id": device_id}).fetchone()
    stored, repeats, conflicts = (int(value) for value in row) if row else (0, 0, 0)
    found = connection.execute(
        "SELECT reason, sum(n)::bigint FROM quarantine_count WHERE source = %s GROUP BY reason", (device_no,)
    ).fetchall()
    reasons = {reason: int(n) for reason, n in found}
    return DeviceCounts(stored + repeats + conflicts, stored, repeats, conflicts, reasons)
