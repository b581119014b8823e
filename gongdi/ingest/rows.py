"""写入层交换的行：分钟数据、设备自报数据、结果。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FACTORS = (
    "tsp",
    "pm10",
    "pm25",
    "noise",
    "temperature",
    "humidity",
    "pressure",
    "wind_speed",
    "wind_direction",
)
VALUE_COLUMNS = (
    *(f"{name}_{part}" for name in FACTORS[:-1] for part in ("avg", "min", "max")),
    "wind_direction_avg",
)
HEAD_COLUMNS = ("ts", "recv_at", "marks", "device_id", "interval_min", "source")
COLUMNS = HEAD_COLUMNS + VALUE_COLUMNS

Values = tuple[float | None, ...]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MICROS_PER_DAY = 86_400_000_000
MICROS_PER_MINUTE = 60_000_000
SHANGHAI_OFFSET = 8 * 3600 * 1_000_000  # 上海自 1991 年起没有夏令时


class Outcome(Enum):
    """What became of a row that was handed over; reported only after COMMIT."""

    STORED = "stored"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"


Done = Callable[[Outcome], object]


class MinuteRow(NamedTuple):
    """One device minute (分钟数据): `ts` is the start of its period; `values` follow VALUE_COLUMNS."""

    ts: datetime
    recv_at: datetime
    marks: int
    device_id: int
    interval_min: int
    source: int
    values: Values
    extra: dict[str, Any] | None = None
    raw: bytes = b""
    peer: str = ""
    cn: int = 2051


class ReportedRow(NamedTuple):
    """An hour or day value as the device reported it (设备自报, CN 2061 / 2031)."""

    ts: datetime
    recv_at: datetime
    device_id: int
    cn: int
    payload: dict[str, Any]
    raw: bytes = b""
    peer: str = ""


def to_micros(moment: datetime) -> int:
    """Microseconds since 2000-01-01 UTC, the binary form of timestamptz."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant of a binary timestamptz, in Asia/Shanghai."""
    return (_EPOCH + timedelta(microseconds=micros)).astimezone(SHANGHAI)


def day_number(micros: int) -> int:
    """Shanghai day as days since 2000-01-01 (负数表示更早)."""
    return (micros + SHANGHAI_OFFSET) // MICROS_PER_DAY


def day_start(number: int) -> int:
    """Microseconds of 00:00 Shanghai of a day number."""
    return number * MICROS_PER_DAY - SHANGHAI_OFFSET
