"""超标提醒清单：PM10 小时均值、噪声昼夜限值，只对有效小时。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One exceedance (超标): device, hour start, kind pm10 / noise_day / noise_night, value against limit.

    `live` False: the hour became valid only by back-fill, listed but never raised (补传, 不作实时提醒).
    """

    id: int
    device_id: int
    hour: datetime
    kind: str
    label: str
    value: float
    limit: float
    unit: str
    basis: str
    state: str
    live: bool
    sand_storm: bool


def alarms_of_device(device_id: int, starts: datetime, ends: datetime) -> tuple[AlarmLine, ...]:
    """Exceedances of a device with hour start in [starts, ends), newest first (1 query)."""
    raise NotImplementedError


def alarms_of_devices(device_ids: Sequence[int], starts: datetime, ends: datetime) -> tuple[AlarmLine, ...]:
    """Exceedances of many devices, newest first (1 query)."""
    raise NotImplementedError
