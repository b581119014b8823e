"""隔离报文：近 30 天按原因的包数、最近几包，以及键冲突。"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from gongdi.protocols.hj212.masking import masked_text
from gongdi.protocols.hj212.words import REASON_LABELS
from gongdi.telemetry.models import ObsConflict
from gongdi.telemetry.models import PendingDevice as PendingRow
from gongdi.telemetry.models import Quarantine as QuarantineRow


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Number of quarantined frames of one reason (原因) with its Chinese label."""

    reason: str
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class QuarantinedFrame:
    """One refused frame: reason, detail in Chinese, `excerpt` of printable bytes, and whole length."""

    id: int
    received_at: datetime
    reason: str
    label: str
    detail: str
    excerpt: str
    length: int
    held: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """冲突: a second, different payload under a stored key (device, minute)."""

    id: int
    data_ts: datetime
    cn: int
    received_at: datetime
    peer: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Counts over `days` days, newest frames, conflicts."""

    days: int
    total: int
    counts: tuple[ReasonCount, ...]
    last: tuple[QuarantinedFrame, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class PendingDevice:
    """待登记设备: an unknown MN that knocks at the gateway."""

    device_no: str
    first_seen: datetime
    last_seen: datetime
    n: int
    peer: str
    st: str


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused frame with its sender and all its bytes."""

    frame: QuarantinedFrame
    device_id: int | None
    device_no: str
    peer: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """Counts of every reason, number of frames of the reason asked, the frames of one page."""

    counts: tuple[ReasonCount, ...]
    total: int
    rows: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A conflict with the bytes refused and both sets of values: `kept` came first and counts."""

    conflict: Conflict
    raw: bytes
    came: Mapping[str, Any]
    kept: Mapping[str, Any]


EXCERPT = 40


def reason_label(reason: str) -> str:
    """Chinese word of a refusal reason."""
    return REASON_LABELS.get(reason, reason)


def quarantine_of_device(device_id: int, now: datetime, days: int = 30) -> Quarantine:
    """Refused frames and conflicts of one device (3 queries)."""
    since = now - timedelta(days=days)
    rows = QuarantineRow.objects.filter(device_id=device_id, recv_at__gt=since)
    counts = _counts(rows)
    conflicts = ObsConflict.objects.filter(device_id=device_id, recv_at__gt=since).order_by("-id")[:20]
    return Quarantine(
        days=days,
        total=sum(count.n for count in counts),
        counts=counts,
        last=tuple(_frame(row) for row in rows.order_by("-recv_at")[:4]),
        conflicts=tuple(Conflict(c.id, c.ts, c.cn, c.recv_at, c.peer) for c in conflicts),
    )


def refused_page(devices: QuerySet[Any] | None, since: datetime, reason: str, page: slice) -> RefusedPage:
    """Refused frames after `since`, newest first (3 queries); devices None = every sender, unknown ones too."""
    rows = QuarantineRow.objects.filter(recv_at__gt=since)
    rows = rows if devices is None else rows.filter(device_id__in=devices)
    counts = _counts(rows)
    shown = rows.filter(reason=reason) if reason else rows
    total = sum(count.n for count in counts if reason in ("", count.reason))
    found = shown.order_by("-recv_at", "-id")[page]
    return RefusedPage(
        counts,
        total,
        tuple(Refused(_frame(r), r.device_id, r.device_no, r.peer, bytes(r.data)) for r in found),
    )


def conflicts_page(device_id: int, since: datetime, page: slice) -> tuple[int, tuple[ConflictView, ...]]:
    """Number and one page of the conflicts of a device, newest first, beside the values kept (3 queries)."""
    rows = ObsConflict.objects.filter(device_id=device_id, recv_at__gt=since)
    found = list(rows.order_by("-id")[page])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts, to_jsonb(m) FROM obs_minute m WHERE device_id = %s AND ts = ANY (%s)",
            [device_id, [row.ts for row in found]],
        )
        kept = {ts: json.loads(row) if isinstance(row, str) else row for ts, row in cursor.fetchall()}
    views = tuple(
        ConflictView(
            Conflict(c.id, c.ts, c.cn, c.recv_at, c.peer), bytes(c.raw), c.payload, kept.get(c.ts, {})
        )
        for c in found
    )
    return rows.count(), views


def _counts(rows: QuerySet[QuarantineRow]) -> tuple[ReasonCount, ...]:
    found = rows.values_list("reason").annotate(n=Count("id")).order_by("-n", "reason")
    return tuple(ReasonCount(reason, reason_label(reason), n) for reason, n in found)


def _frame(row: QuarantineRow) -> QuarantinedFrame:
    data = bytes(row.data)
    return QuarantinedFrame(
        id=row.id,
        received_at=row.recv_at,
        reason=row.reason,
        label=reason_label(row.reason),
        detail=row.detail,
        excerpt=masked_text(data)[:EXCERPT] + ("…" if len(data) > EXCERPT else ""),
        length=len(data),
        held=row.held,
    )


def pending_devices(limit: int = 50) -> tuple[PendingDevice, ...]:
    """Unknown MNs, last seen first (1 query)."""
    return tuple(
        PendingDevice(row.device_no, row.first_seen, row.last_seen, row.n, row.peer, row.st)
        for row in PendingRow.objects.order_by("-last_seen")[:limit]
    )


def refused_from(address: str, since: datetime, limit: int = 5) -> tuple[Refused, ...]:
    """Newest refused bytes without any number from one network address: a device that says not even its MN."""
    rows = QuarantineRow.objects.filter(recv_at__gt=since, device_no="", device_id__isnull=True)
    found = rows.filter(peer__startswith=f"{address}:").order_by("-recv_at", "-id")[:limit]
    return tuple(Refused(_frame(r), r.device_id, r.device_no, r.peer, bytes(r.data)) for r in found)


def knocking_like(mn: str, since: datetime) -> tuple[PendingDevice, ...]:
    """Unknown numbers heard since an instant that differ from `mn` in case, or in at most two characters."""
    rows = PendingRow.objects.filter(last_seen__gt=since).order_by("-last_seen")[:200]
    return tuple(
        PendingDevice(row.device_no, row.first_seen, row.last_seen, row.n, row.peer, row.st)
        for row in rows
        if _alike(row.device_no, mn)
    )


def _alike(sent: str, registered: str) -> bool:
    if sent == registered:
        return False
    one, two = sent.upper(), registered.upper()
    if len(one) == len(two):
        return sum(a != b for a, b in zip(one, two, strict=True)) <= 2
    short, long = sorted((one, two), key=len)
    return len(short) >= 10 and len(long) - len(short) <= 2 and (short in long)
