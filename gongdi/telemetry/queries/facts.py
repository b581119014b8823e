"""设备页首行的三件事：听到、有效、可信，外加时钟偏差，各有各的时间。"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from gongdi.kernel import policy as p
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import DEFAULTS
from gongdi.telemetry.models import DeviceLast
from gongdi.telemetry.rules.validity import FACTORS, Mark, mark_of, valid_factors

SILENT_AFTER = timedelta(minutes=10)
"""A device not heard for longer is silent (无声)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """听到: last bytes of any kind. `connected` says that a connection is open at `now`."""

    at: datetime | None
    cn: int | None
    peer: str | None
    gateway_id: int | None
    connected: bool
    connected_since: datetime | None


@dataclass(frozen=True, slots=True)
class Valid:
    """有效: last minute sample that counts as valid, with the share of factors marked N."""

    data_ts: datetime | None
    received_at: datetime | None
    factors_valid: int
    factors_sent: int


@dataclass(frozen=True, slots=True)
class Plausible:
    """可信: assessed by the integrity room; `assessed_at` None = not assessed yet (尚未评估)."""

    assessed_at: datetime | None
    doubts: int


@dataclass(frozen=True, slots=True)
class Skew:
    """时钟偏差: median of the recent samples in seconds, positive = the device is ahead."""

    seconds: float | None
    samples: int
    within: bool | None
    limit_s: int


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """Everything the head of the device page says; a device never heard has all None."""

    device_id: int
    device_no: str
    interval_min: int
    edition: int | None
    profile: dict[str, Any]
    heard: Heard
    valid: Valid
    plausible: Plausible
    skew: Skew
    realtime: dict[str, Any] | None
    realtime_at: datetime | None
    acked: int
    stored: int


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One row of a device list: last facts only (清单行)."""

    device_id: int
    device_no: str
    heard_at: datetime | None
    valid_ts: datetime | None
    skew_s: float | None
    pm10: float | None
    pm25: float | None
    noise: float | None
    data_ts: datetime | None


FACTS = """
SELECT d.device_no, d.interval_min, d.profile, l.heard_at, l.peer, l.gateway_id, l.data_ts, l.data_recv_at, l.valid_ts,
       l.skew_s, l.skew_n, l.realtime, l.realtime_at, coalesce(l.acked, 0), coalesce(l.stored, 0), l.frames, o.opened_at,
       m.marks, m.recv_at
FROM gateway_device d
LEFT JOIN device_last l ON l.device_id = d.id
LEFT JOIN LATERAL (SELECT opened_at FROM connection_log c WHERE c.device_id = d.id AND c.closed_at IS NULL
                   ORDER BY opened_at DESC LIMIT 1) AS o ON true
LEFT JOIN obs_minute m ON m.device_id = d.id AND m.ts = coalesce(l.valid_ts, l.data_ts)
WHERE d.id = %s
"""


def device_facts(device_id: int, now: datetime) -> DeviceFacts | None:
    """Facts of one device of the gateway register (1 query); None = unknown id."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [device_id])
        row = cursor.fetchone()
        if row is None:
            return None
        names = [column.name for column in cursor.description or ()]
    got = dict(zip(names, row, strict=True))
    profile, realtime = _json(row[2]) or {}, _json(row[11])
    return DeviceFacts(
        device_id=device_id,
        device_no=got["device_no"],
        interval_min=got["interval_min"],
        edition=profile.get("edition"),
        profile=profile,
        heard=_heard(got, _json(row[15]) or {}, now),
        valid=_valid(got),
        plausible=Plausible(None, 0),
        skew=_skew(got, now),
        realtime=realtime,
        realtime_at=got["realtime_at"],
        acked=row[13],
        stored=row[14],
    )


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, (str, bytes)) else value


def _heard(got: dict[str, Any], frames: dict[str, Any], now: datetime) -> Heard:
    times = {cn: datetime.fromisoformat(frame["at"]) for cn, frame in frames.items()}
    if got["data_recv_at"] is not None:
        times["2051"] = got["data_recv_at"]  # minute frames are in the raw blocks, not in `frames`
    newest = max(times, key=times.__getitem__, default=None)
    silent = timedelta(minutes=DEFAULTS.get(p.DUST_SILENT_MINUTES, shanghai_day(now)))
    heard = got["heard_at"]
    return Heard(
        at=heard,
        cn=int(newest) if newest and newest.isdecimal() else None,
        peer=got["peer"],
        gateway_id=got["gateway_id"],
        connected=got["opened_at"] is not None and heard is not None and now - heard < silent,
        connected_since=got["opened_at"],
    )


def _valid(got: dict[str, Any]) -> Valid:
    marks = got["marks"] or 0
    sent = sum(mark_of(marks, name) != Mark.NOT_SENT for name in FACTORS)
    received = got["recv_at"] or (got["data_recv_at"] if got["valid_ts"] == got["data_ts"] else None)
    return Valid(got["valid_ts"], received if got["valid_ts"] else None, len(valid_factors(marks)), sent)


def _skew(got: dict[str, Any], now: datetime) -> Skew:
    limit, seconds = DEFAULTS.get(p.SKEW_SECONDS, shanghai_day(now)), got["skew_s"]
    return Skew(seconds, got["skew_n"] or 0, None if seconds is None else abs(seconds) <= limit, limit)


def device_lines(device_ids: Sequence[int]) -> Mapping[int, DeviceLine]:
    """Last facts of many devices for a list page (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.device_no, l.heard_at, l.valid_ts, l.skew_s, m.pm10_avg, m.pm25_avg, m.noise_avg, l.data_ts"
            " FROM gateway_device d LEFT JOIN device_last l ON l.device_id = d.id"
            " LEFT JOIN obs_minute m ON m.device_id = d.id AND m.ts = l.data_ts WHERE d.id = ANY (%s)",
            [list(device_ids)],
        )
        return {int(row[0]): DeviceLine(*row) for row in cursor.fetchall()}


def heard_count(devices: QuerySet[Any], since: datetime) -> int:
    """How many of the devices (a query of gateway ids) have been heard since an instant (1 query)."""
    return DeviceLast.objects.filter(device_id__in=devices, heard_at__gte=since).count()


def heard_since(since: datetime) -> QuerySet[Any]:
    """Query of the gateway ids heard since an instant, to narrow a list (有声)."""
    return DeviceLast.objects.filter(heard_at__gte=since).values("device_id")
