"""真实扬尘序列：读入、按五分钟分组，时刻按当地时间，缺口保留。"""

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files

DAYS = 45
BIN_MINUTES = 5
BINS_PER_DAY = 1440 // BIN_MINUTES
HOLD_MINUTES = 5
FIRST = datetime(2019, 4, 10)  # noqa: DTZ001 — 当地时间，只用来数分钟
LOCAL_OFFSET_MINUTES = 60  # 英国夏令时

GOOD_SENSORS = ("5331", "15462", "17079", "22449", "22523", "22597", "22618", "23007")
"""Sensors whose days are all nearly complete; the others have long real gaps."""
GAPPY_SENSORS = ("8554", "22879")


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings of one period: mean, least and greatest PM10 and PM2.5, micrograms per cubic metre."""

    pm10: float
    pm10_low: float
    pm10_high: float
    pm25: float
    pm25_low: float
    pm25_high: float


Reading = tuple[int, float, float]
"""(local minute since the first day, PM10, PM2.5)."""


@dataclass(frozen=True)
class Series:
    """Real series of every sensor in local time; None is a period without a reading (真实缺口)."""

    readings: dict[str, list[Reading]] = field(repr=False)

    def bins(self, sensor: str) -> list[Bin | None]:
        """Five-minute periods of 45 days, in order."""
        grouped: dict[int, list[Reading]] = {}
        for reading in self.readings[sensor]:
            grouped.setdefault(reading[0] // BIN_MINUTES, []).append(reading)
        return [_bin(grouped.get(number)) for number in range(DAYS * BINS_PER_DAY)]

    def minutes(self, sensor: str) -> list[Bin | None]:
        """One-minute periods of 45 days: a reading is held until the next one, at most five minutes."""
        held: list[Bin | None] = [None] * (DAYS * 1440)
        for minute, pm10, pm25 in self.readings[sensor]:
            reading = Bin(pm10, pm10, pm10, pm25, pm25, pm25)
            for later in range(minute, min(minute + HOLD_MINUTES, len(held))):
                held[later] = reading
        return held


def load_series() -> Series:
    """Read the shipped file: about 270,000 readings in one second."""
    path = files("gongdi.cli").joinpath("data/dust_series/sds011_aberdeen_2019.csv.gz")
    with path.open("rb") as packed, gzip.open(packed, "rt", encoding="ascii") as text:
        return Series(_read(text))


def _read(lines: Iterable[str]) -> dict[str, list[Reading]]:
    readings: dict[str, list[Reading]] = {}
    day_starts: dict[str, int] = {}
    rows = csv.reader(lines)
    next(rows)
    for sensor, _lat, _lon, utc, pm10, pm25 in rows:
        day = utc[:10]
        if day not in day_starts:
            day_starts[day] = (datetime.fromisoformat(day) - FIRST).days * 1440 + LOCAL_OFFSET_MINUTES
        minute = day_starts[day] + int(utc[11:13]) * 60 + int(utc[14:16])
        if pm10 and pm25 and 0 <= minute < DAYS * 1440:
            readings.setdefault(sensor, []).append((minute, float(pm10), float(pm25)))
    return readings


def _bin(readings: list[Reading] | None) -> Bin | None:
    if not readings:
        return None
    coarse = [reading[1] for reading in readings]
    fine = [reading[2] for reading in readings]
    n = len(readings)
    return Bin(sum(coarse) / n, min(coarse), max(coarse), sum(fine) / n, min(fine), max(fine))
