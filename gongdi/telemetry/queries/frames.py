"""最近报文：原字节、逐段说明、长度与校验的判定，口令已遮盖。"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FrameField:
    """One field of a frame: name as sent, value as sent (PW masked), meaning, byte range [start, end)."""

    name: str
    value: str
    label: str
    note: str
    unit: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One row of the frame table (报文行)."""

    received_at: datetime
    cn: int | None
    cn_label: str
    data_ts: datetime | None
    length: int
    declared: int | None
    length_ok: bool
    crc: str
    computed: str
    crc_ok: bool
    raw_block_id: int | None
    position: int


@dataclass(frozen=True, slots=True)
class FrameView:
    """One frame with its bytes (`text`: ASCII, password masked by the same number of *) and its fields."""

    line: FrameLine
    text: str
    header: tuple[FrameField, ...]
    factors: tuple[FrameField, ...]


def last_frames(device_id: int, limit: int = 5) -> tuple[FrameView, ...]:
    """The newest frames of a device from the raw blocks, newest first (2 queries)."""
    raise NotImplementedError
