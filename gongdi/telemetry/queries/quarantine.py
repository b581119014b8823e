"""隔离报文：近 30 天按原因的包数、最近几包，以及键冲突。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from gongdi.telemetry.frame_text import masked_text
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


LABELS = {
    "wrong_crc": "CRC 不符",
    "wrong_length": "长度不符",
    "no_crc": "没有 CRC",
    "truncated": "被截断",
    "segment_only": "只有数据段",
    "not_hj212": "不是 HJ 212",
    "too_long": "太长",
    "time": "数据时间不合规",
    "future": "数据时间超前",
    "unknown_device": "没有登记",
    "wrong_password": "访问密码不符",
}
EXCERPT = 40


def reason_label(reason: str) -> str:
    """Chinese word of a refusal reason."""
    return LABELS.get(reason, reason)


def quarantine_of_device(device_id: int, now: datetime, days: int = 30) -> Quarantine:
    """Refused frames and conflicts of one device (3 queries)."""
    since = now - timedelta(days=days)
    rows = QuarantineRow.objects.filter(device_id=device_id, recv_at__gt=since)
    counts = tuple(
        ReasonCount(reason, reason_label(reason), n)
        for reason, n in rows.values_list("reason").annotate(n=Count("id")).order_by("-n", "reason")
    )
    conflicts = ObsConflict.objects.filter(device_id=device_id, recv_at__gt=since).order_by("-id")[:20]
    return Quarantine(
        days=days,
        total=sum(count.n for count in counts),
        counts=counts,
        last=tuple(_frame(row) for row in rows.order_by("-recv_at")[:4]),
        conflicts=tuple(Conflict(c.id, c.ts, c.cn, c.recv_at, c.peer) for c in conflicts),
    )


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
