"""行以外要记下的事：最近值、心跳、隔离、待登记设备、连接、探针。"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from statistics import median
from typing import Any, NamedTuple

from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import SHANGHAI, Done, MinuteRow, ReportedRow, to_micros

_SKEWS_KEPT = 20
_TEXT_KEPT = 2_048
_VALID_NIBBLES = (1, 2, 9)


class Heard(NamedTuple):
    """A sign of life: a realtime frame (CN 2011), heartbeat or other answer; `skew_s` = arrival minus DataTime."""

    device_id: int
    at: datetime
    peer: str
    cn: int
    raw: bytes = b""
    realtime: dict[str, Any] | None = None
    skew_s: float | None = None
    done: Done | None = None


class Refused(NamedTuple):
    """A frame that was not taken (隔离), with its reason and bytes."""

    at: datetime
    peer: str
    reason: str
    data: bytes
    device_no: str = ""
    device_id: int | None = None
    detail: str = ""
    held: bool = False

    @property
    def source(self) -> str:
        """Whose quota it takes: the device number, else the peer's address without the port."""
        return self.device_no or self.peer.rpartition(":")[0] or self.peer


class Unknown(NamedTuple):
    """A well-formed frame of a device that is not registered (待登记)."""

    at: datetime
    device_no: str
    peer: str
    st: str
    raw: bytes


class Connection(NamedTuple):
    """State of one connection; `seq` is unique inside the gateway process; handed over at opening and closing."""

    seq: int
    opened_at: datetime
    peer: str
    device_no: str = ""
    device_id: int | None = None
    relay: bool = False
    closed_at: datetime | None = None
    why: str = ""


class DataNote(NamedTuple):
    """The latest committed minute row of one device, and how many were acknowledged and stored since the last write."""

    row: MinuteRow
    acked: int
    stored: int


@dataclass(slots=True)
class LastNote:
    """Signs of life that will be merged into device_last for one device; minute rows go as DataNote."""

    heard_at: datetime
    peer: str
    realtime: dict[str, Any] | None = None
    realtime_at: datetime | None = None
    skew_s: float | None = None
    skew_n: int = 0
    frames: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)

    def hear(self, at: datetime, peer: str) -> None:
        """Move the last sign of life forward."""
        if at >= self.heard_at:
            self.heard_at, self.peer = at, peer

    def as_json(self, device_id: int, gateway_id: int) -> dict[str, Any]:
        """Fields for json_to_recordset."""
        frames = {
            str(cn): {"at": at.isoformat(), "text": raw[:_TEXT_KEPT].decode("gb18030", "replace")}
            for cn, (at, raw) in self.frames.items()
        }
        return {
            "device_id": device_id,
            "gateway_id": gateway_id,
            "heard_at": self.heard_at.isoformat(),
            "peer": self.peer,
            "realtime": self.realtime,
            "realtime_at": _iso(self.realtime_at),
            "skew_s": self.skew_s,
            "skew_n": self.skew_n,
            "frames": frames,
        }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


@lru_cache(maxsize=4096)
def has_valid_value(marks: int) -> bool:
    """Whether any factor carries a mark that counts as valid (N, T or a value without a mark)."""
    while marks:
        if marks & 15 in _VALID_NIBBLES:
            return True
        marks >>= 4
    return False


class LastBook:
    """Last values waiting to be written, one note per device (合并后写)."""

    def __init__(self) -> None:
        self._notes: dict[int, LastNote] = {}
        self._latest: dict[int, MinuteRow] = {}
        self._acked: Counter[int] = Counter()
        self._stored: Counter[int] = Counter()
        self.presence: dict[tuple[int, date], int] = {}
        self._skews: dict[int, deque[float]] = {}

    def hear(self, heard: Heard) -> None:
        """Take a sign of life: last value, clock skew and the minute bit."""
        note = self._note(heard.device_id, heard.at, heard.peer)
        if heard.raw:
            note.frames[heard.cn] = (heard.at, heard.raw)
        if heard.realtime is not None:
            note.realtime, note.realtime_at = heard.realtime, heard.at
        if heard.skew_s is not None:
            skews = self._skews.setdefault(heard.device_id, deque(maxlen=_SKEWS_KEPT))
            skews.append(heard.skew_s)
            note.skew_s, note.skew_n = median(skews), note.skew_n + 1
        local = heard.at.astimezone(SHANGHAI)
        key = (heard.device_id, local.date())
        bit = 1 << (1439 - local.hour * 60 - local.minute)
        self.presence[key] = self.presence.get(key, 0) | bit

    def count(self, acked: Sequence[MinuteRow], stored: Sequence[MinuteRow]) -> None:
        """Take committed minute rows."""
        counted = Counter(map(itemgetter(3), acked))
        self._acked.update(counted)
        self._stored.update(counted if stored is acked else map(itemgetter(3), stored))
        latest = self._latest
        for row in acked:
            other = latest.get(row[3])
            if other is None or row[0] >= other[0]:
                latest[row[3]] = row

    def waiting(self) -> bool:
        """Whether last values wait to be written."""
        return bool(self._notes or self._latest)

    def notes(self) -> dict[int, LastNote]:
        """One note per device that was heard."""
        return self._notes

    def data(self) -> list[DataNote]:
        """One note per device that had minute rows, by device number."""
        acked, stored = self._acked, self._stored
        return [DataNote(row, acked[number], stored[number]) for number, row in sorted(self._latest.items())]

    def written(self) -> None:
        """Forget everything after its commit."""
        self._notes = {}
        self._latest.clear()
        self._acked.clear()
        self._stored.clear()

    def _note(self, device_id: int, at: datetime, peer: str) -> LastNote:
        note = self._notes.get(device_id)
        if note is None:
            note = self._notes[device_id] = LastNote(at, peer)
        note.hear(at, peer)
        return note


class Caps:
    """Bounds of what is kept per source and day; what is not kept is still counted (计数不漏)."""

    def __init__(self, policy: WriterPolicy) -> None:
        self._policy = policy
        self._day: date | None = None
        self._kept: dict[str, int] = {}
        self._total = 0
        self._counted: set[str] = set()
        self._pending: set[str] = set()

    def admit(self, refused: Refused) -> tuple[bool, str]:
        """(keep the bytes, source name to count under)."""
        self._turn(refused.at)
        source = refused.source[:200]
        if source not in self._counted:
            if len(self._counted) >= self._policy.counted_sources_day:
                source = "*"
            else:
                self._counted.add(source)
        kept = self._kept.get(source, 0)
        if kept >= self._policy.kept_per_source_day or self._total >= self._policy.kept_per_day:
            return False, source
        self._kept[source] = kept + 1
        self._total += 1
        return True, source

    def admit_conflict(self, row: MinuteRow | ReportedRow) -> bool:
        """Whether one more conflicting row of this device is kept today."""
        self._turn(row.recv_at)
        key = f"conflict {row.device_id}"
        self._kept[key] = self._kept.get(key, 0) + 1
        return self._kept[key] <= self._policy.conflicts_per_device_day

    def admit_pending(self, device_no: str) -> bool:
        """Whether this unregistered device may have a row of its own."""
        if device_no not in self._pending and len(self._pending) >= self._policy.pending_devices:
            return False
        self._pending.add(device_no)
        return True

    def _turn(self, at: datetime) -> None:
        day = at.astimezone(SHANGHAI).date()
        if day != self._day:
            self._day, self._total = day, 0
            self._kept.clear()
            self._counted.clear()
            self._pending.clear()


@dataclass(slots=True)
class Pending:
    """Frames of one unregistered device since the last write."""

    first: Unknown
    last: Unknown
    n: int
    frames: deque[bytes]


class SideBook:
    """Quarantine, counts, unregistered devices, connections and canaries waiting to be written."""

    def __init__(self, policy: WriterPolicy, caps: Caps) -> None:
        self._policy, self._caps = policy, caps
        self.refused: list[Refused] = []
        self.counts: dict[tuple[date, str, str], int] = {}
        self.pending: dict[str, Pending] = {}
        self.connections: dict[int, Connection] = {}
        self.canaries: list[datetime] = []

    def refuse(self, refused: Refused) -> None:
        """Count a refused frame and keep it while the quota lasts."""
        keep, source = self._caps.admit(refused)
        key = (refused.at.astimezone(SHANGHAI).date(), source, refused.reason)
        self.counts[key] = self.counts.get(key, 0) + 1
        if keep:
            self.refused.append(refused._replace(data=refused.data[: self._policy.kept_bytes]))

    def unknown(self, frame: Unknown) -> None:
        """Note a frame of an unregistered device."""
        if not self._caps.admit_pending(frame.device_no):
            return
        pending = self.pending.get(frame.device_no)
        if pending is None:
            frames: deque[bytes] = deque(maxlen=self._policy.pending_frames)
            pending = self.pending[frame.device_no] = Pending(frame, frame, 0, frames)
        pending.last = frame
        pending.n += 1
        pending.frames.append(frame.raw[: self._policy.kept_bytes])

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.refused or self.counts or self.pending or self.connections or self.canaries)


def minute_payload(row: MinuteRow) -> dict[str, Any]:
    """A conflicting row as JSON, to be shown beside the stored one."""
    return {
        "marks": row.marks,
        "interval_min": row.interval_min,
        "source": row.source,
        "values": list(row.values),
        "extra": row.extra,
        "ts_us": to_micros(row.ts),
    }
