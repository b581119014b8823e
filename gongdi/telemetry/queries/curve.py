"""设备页近 24 小时曲线：分钟点、有效小时均值、限值、超标带、到达轨。"""

from dataclasses import dataclass
from datetime import datetime

from gongdi.telemetry.queries.states import StateRun


@dataclass(frozen=True, slots=True)
class HourMean:
    """Mean of one hour; `value` is None unless the hour is valid (a mean is drawn only for a valid hour)."""

    ts: datetime
    value: float | None
    valid: bool
    exceeded: bool


@dataclass(frozen=True, slots=True)
class LimitLine:
    """限值 in force over [starts, ends) of the picture, with label and basis in Chinese."""

    starts: datetime
    ends: datetime
    value: float
    label: str
    basis: str


@dataclass(frozen=True, slots=True)
class Band:
    """Shaded interval: kind exceeded / back_filled / pending / sand_storm."""

    starts: datetime
    ends: datetime
    kind: str
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class FactorTile:
    """因子格: last value in the stored unit with name, unit and mark (`mark` e.g. N, D)."""

    factor: str
    label: str
    unit: str
    decimals: int
    value: float | None
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class FactorCurve:
    """Curve of one factor. `minutes[i]` belongs to starts + i minutes, None = no sample."""

    factor: str
    label: str
    unit: str
    minutes: tuple[float | None, ...]
    hours: tuple[HourMean, ...]
    limits: tuple[LimitLine, ...]


@dataclass(frozen=True, slots=True)
class DayCurve:
    """The last 24 h: [starts, ends), curves of the asked factors, one tile per factor, bands and rail."""

    starts: datetime
    ends: datetime
    tiles: tuple[FactorTile, ...]
    curves: tuple[FactorCurve, ...]
    bands: tuple[Band, ...]
    rail: tuple[StateRun, ...]


@dataclass(frozen=True, slots=True)
class CurveSettings:
    """What to draw: factor names, limits in force by hour start (value, label, basis), sand-storm hours."""

    factors: tuple[str, ...] = ("pm10", "pm25", "noise")
    pm10_hourly: float = 250
    noise_day: float = 70
    noise_night: float = 55
    pm10_basis: str = ""
    noise_basis: str = ""


def day_curve(device_id: int, now: datetime, settings: CurveSettings) -> DayCurve:
    """Minute values and hour means of the last 24 h for the factors in `settings` (3 queries)."""
    raise NotImplementedError
