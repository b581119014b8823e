"""隔离报文：近 30 天按原因的包数、最近几包，以及键冲突。"""

from dataclasses import dataclass
from datetime import datetime


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


def quarantine_of_device(device_id: int, now: datetime, days: int = 30) -> Quarantine:
    """Refused frames and conflicts of one device (3 queries)."""
    raise NotImplementedError


def pending_devices(limit: int = 50) -> tuple[PendingDevice, ...]:
    """Unknown MNs, last seen first (1 query)."""
    raise NotImplementedError
