"""待结算清单：有变化的设备日排队，等回传率室取走。"""

from collections.abc import Iterable
from datetime import date

from django.db import connection


def mark_days(pairs: Iterable[tuple[int, date]], today: date) -> None:
    """Put changed device-days that have closed on the list; an open day is settled when it closes."""
    closed = sorted({(device, day) for device, day in pairs if day < today})
    if closed:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO telemetry_dirtyday (device_id, day) SELECT * FROM unnest(%s::integer[], %s::date[])"
                " ON CONFLICT DO NOTHING",
                [[device for device, _ in closed], [day for _, day in closed]],
            )


def take_days(limit: int = 20_000) -> list[tuple[int, date]]:
    """Take (device, day) pairs off the list, inside the caller's transaction: a rollback puts them back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM telemetry_dirtyday d USING (SELECT device_id, day FROM telemetry_dirtyday"
            " ORDER BY day, device_id LIMIT %s FOR UPDATE SKIP LOCKED) AS t"
            " WHERE d.device_id = t.device_id AND d.day = t.day RETURNING d.device_id, d.day",
            [limit],
        )
        return [(int(device), day) for device, day in cursor.fetchall()]
