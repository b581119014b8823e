"""设备的连接记录与平台故障时段。"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from gongdi.telemetry.models import ConnectionLog, PlatformFault


@dataclass(frozen=True, slots=True)
class Connection:
    """One TCP connection (连接): open while `closed_at` is None; `why` is the Chinese closing cause."""

    opened_at: datetime
    closed_at: datetime | None
    peer: str
    gateway_id: int
    why: str
    relay: bool


@dataclass(frozen=True, slots=True)
class PlatformFaultWindow:
    """平台故障 window [starts, ends); `gateway_id` None = all gateways; `minutes` inside the asked span."""

    starts: datetime
    ends: datetime | None
    gateway_id: int | None
    cause: str
    minutes: int


def connections_of_device(device_id: int, starts: datetime, ends: datetime) -> tuple[Connection, ...]:
    """Connections that overlap [starts, ends), newest first (1 query)."""
    rows = ConnectionLog.objects.filter(device_id=device_id, opened_at__lt=ends)
    rows = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=starts)).order_by("-opened_at")
    return tuple(
        Connection(row.opened_at, row.closed_at, row.peer, row.gateway_id, row.why, row.relay)
        for row in rows[:200]
    )


def platform_faults(starts: datetime, ends: datetime) -> tuple[PlatformFaultWindow, ...]:
    """平台故障 windows that overlap [starts, ends), newest first (1 query); for the status page too."""
    rows = PlatformFault.objects.filter(starts__lt=ends, ends__gt=starts).order_by("-starts")
    return tuple(
        PlatformFaultWindow(
            row.starts,
            row.ends,
            row.gateway_id,
            row.cause,
            int((min(row.ends, ends) - max(row.starts, starts)).total_seconds() // 60),
        )
        for row in rows
    )
