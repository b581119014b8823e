"""设备页首行的三件事：听到、有效、可信，外加时钟偏差，各有各的时间。"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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


def device_facts(device_id: int, now: datetime) -> DeviceFacts | None:
    """Facts of one device of the gateway register (2 queries); None = unknown id."""
    raise NotImplementedError


def device_lines(device_ids: Sequence[int]) -> Mapping[int, DeviceLine]:
    """Last facts of many devices for a list page (1 query)."""
    raise NotImplementedError
