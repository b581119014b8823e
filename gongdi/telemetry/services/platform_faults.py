"""平台故障：网关探针缺一分钟就是故障一分钟；由此免除当时连在该网关上的设备。"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min

from gongdi.kernel.clock import shanghai_day
from gongdi.telemetry.models import Canary, GatewayInstance, PlatformFault
from gongdi.telemetry.services.masks import devices_on, refresh_masks
from gongdi.telemetry.services.waiting import mark_days
from gongdi.telemetry.terms import Terms

ONE_MINUTE = timedelta(minutes=1)
SETTLE = 2
"""Minutes after which a missing probe counts as missing: it is sent and committed within its minute."""
LONGEST_OF_ONE = 1440
"""A single gateway silent for longer than a day is out of service, not faulty."""


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open window in minutes since 1970; `gateway` is the name, None = all gateways."""

    gateway: str | None
    starts: int
    ends: int


def gaps(present: Iterable[int], first: int, last: int) -> list[tuple[int, int]]:
    """Maximal runs of minutes missing from `present` in [first, last)."""
    found, expected = [], first
    for minute in sorted({m for m in present if first <= m < last}):
        if minute > expected:
            found.append((expected, minute))
        expected = minute + 1
    if expected < last:
        found.append((expected, last))
    return found


def fault_windows(
    probes: dict[str, set[int]], first: int, last: int, stopped: Mapping[str, int] | None = None
) -> list[Window]:
    """Windows of all gateways (nobody committed a probe) and of single ones while others worked.

    `stopped`: minute of the orderly end of a gateway that was not started again; from then on it is
    out of service, not faulty.
    """
    if not probes or first >= last:
        return []
    anyone = set().union(*probes.values())
    windows = [Window(None, a, b) for a, b in gaps(anyone, first, last)]
    for name, own in sorted(probes.items()):
        alive = own | (set(range(first, last)) - anyone)
        begin = max(first, min(own, default=last))
        end = min(last, (stopped or {}).get(name, last))
        windows += [Window(name, a, min(b, a + LONGEST_OF_ONE)) for a, b in gaps(alive, begin, end)]
    return windows


def note_platform_faults(terms: Terms, now: datetime, lookback: timedelta) -> list[PlatformFault]:
    """Store new or longer fault windows of the last `lookback` and mask the devices; the changed windows."""
    last = _minute(now) - SETTLE
    since = _look_from(now - lookback)
    probes, names = _probes(since)
    started = min((min(own) for own in probes.values() if own), default=None)
    if started is None:
        return []
    first = max(started, _minute(since))
    with transaction.atomic():
        return _note(fault_windows(probes, first, last, _stopped()), names, terms, now)


def _look_from(since: datetime) -> datetime:
    """`since`, or the last probe before a window that was open then: an outage longer than the look back grows on."""
    open_then = PlatformFault.objects.filter(starts__lte=since, ends__gte=since)
    begun: datetime | None = open_then.aggregate(first=Min("starts"))["first"]
    return since if begun is None else begun - ONE_MINUTE


def _note(
    windows: Iterable[Window], names: dict[int, str], terms: Terms, now: datetime
) -> list[PlatformFault]:
    """Windows and masks in one transaction, so that a recount never sees one without the other."""
    changed = [fault for window in windows if (fault := _store(window, names, now))]
    before = _before_first_start(now)
    for fault in [*changed, *before]:
        _mask(fault, terms, now)
    return [*changed, *before]


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _stopped() -> dict[str, int]:
    """Gateways whose newest process ended in order, and when."""
    found: dict[str, int] = {}
    for name, at in GatewayInstance.objects.order_by("id").values_list("name", "stopped_at"):
        found.pop(name, None)
        if at is not None:
            found[name] = _minute(at)
    return found


def _probes(since: datetime) -> tuple[dict[str, set[int]], dict[int, str]]:
    names: dict[int, str] = dict(GatewayInstance.objects.values_list("id", "name"))
    probes: dict[str, set[int]] = {}
    rows = Canary.objects.filter(minute__gte=since).values_list("gateway_id", "minute")
    for gateway, minute in rows:
        probes.setdefault(names[gateway], set()).add(_minute(minute))
    return probes, names


def _store(window: Window, names: dict[int, str], now: datetime) -> PlatformFault | None:
    """Insert the window or lengthen the stored one that it continues; None when nothing changed."""
    same = {id_ for id_, name in names.items() if name == window.gateway}
    starts, ends = _moment(window.starts), _moment(window.ends)
    for held in PlatformFault.objects.filter(starts__lte=ends, ends__gte=starts):
        mine = held.gateway_id is None if window.gateway is None else held.gateway_id in same
        if not mine:
            continue
        if held.ends >= ends:
            return None
        PlatformFault.objects.filter(id=held.id).update(ends=ends)
        return PlatformFault(id=held.id, gateway_id=held.gateway_id, starts=held.starts, ends=ends)
    cause = "平台停止接收" if window.gateway is None else f"网关 {window.gateway} 停收"
    return _insert(max(same) if same else None, starts, ends, cause, now)


def _insert(
    gateway_id: int | None, starts: datetime, ends: datetime, cause: str, now: datetime
) -> PlatformFault:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO platform_fault (gateway_id, starts, ends, cause, noted_at) VALUES (%s, %s, %s, %s, %s)"
            " RETURNING id",
            [gateway_id, starts, ends, cause, now],
        )
        return PlatformFault(
            id=cursor.fetchone()[0], gateway_id=gateway_id, starts=starts, ends=ends, cause=cause
        )


def _before_first_start(now: datetime) -> list[PlatformFault]:
    """Time before the first probe is platform fault for devices that were already in service."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.first, min(d.valid_from) FROM gateway_device d,"
            " (SELECT date_trunc('minute', min(started_at)) AS first FROM gateway_instance) AS f"
            " WHERE d.kind = 'dust' AND NOT d.test AND d.valid_from < f.first - interval '1 minute' GROUP BY f.first"
        )
        row = cursor.fetchone()
    if row is None:
        return []
    first, since = row
    if PlatformFault.objects.filter(
        gateway_id=None, starts__lte=since, ends__gte=first - ONE_MINUTE
    ).exists():
        return []
    earlier = PlatformFault.objects.filter(
        gateway_id=None, ends__gte=first - ONE_MINUTE, starts__lt=first
    ).first()
    ends = earlier.starts if earlier else first
    return [_insert(None, since, ends, "平台启用前", now)] if since < ends else []


def _mask(fault: PlatformFault, terms: Terms, now: datetime) -> None:
    """Set the fault bits of the touched days; `masks` decides which devices were on that gateway."""
    day, last = shanghai_day(fault.starts - timedelta(hours=1)), shanghai_day(fault.ends)
    while day <= last:
        mark_days(refresh_masks([(d, day) for d in devices_on(day)], terms, now), shanghai_day(now))
        day += timedelta(days=1)
