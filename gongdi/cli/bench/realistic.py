"""压测用的设备日：颗粒物取自真实传感器，其余因子随机游走，最小最大值围绕均值。"""

import csv
import gzip
from collections import defaultdict
from importlib.resources import files
from random import Random

from gongdi.ingest.blocks import single
from gongdi.ingest.rows import Values

MINUTES = 1_440
STEPS = {"noise": 1.0, "temperature": 0.05, "humidity": 0.2, "pressure": 0.01, "speed": 0.2, "direction": 8.0}
STARTS = {
    "noise": 60.0,
    "temperature": 18.0,
    "humidity": 55.0,
    "pressure": 91.2,
    "speed": 2.0,
    "direction": 180.0,
}
PRESSURE_PLACE = 6
Readings = list[tuple[float, float]]


def sensors(least: int = 2_000) -> list[Readings]:
    """Readings (PM10, PM2.5; ug/m3, one about every 2.5 minutes) of each real sensor with at least so many."""
    packed = files("gongdi.cli.data").joinpath("dust_series", "sds011_aberdeen_2019.csv.gz").read_bytes()
    found: dict[str, Readings] = defaultdict(list)
    for row in csv.DictReader(gzip.decompress(packed).decode().splitlines()):
        if row["pm10"] and row["pm25"]:
            found[row["sensor_id"]].append((float(row["pm10"]), float(row["pm25"])))
    return [readings for readings in found.values() if len(readings) >= least]


def device_day(readings: Readings, seed: int, minutes: int = MINUTES) -> list[Values]:
    """Values of a day, minute by minute, as float32; needs 2 readings per 5 minutes."""
    random, walk = Random(seed), dict(STARTS)
    day = []
    for minute in range(minutes):
        for name, step in STEPS.items():
            walk[name] = abs(walk[name] + random.gauss(0, step))
        place, share = divmod(minute * 2, 5)
        (pm10, pm25), (next10, next25) = readings[place], readings[place + 1]
        pm10, pm25 = pm10 + (next10 - pm10) * share / 5, pm25 + (next25 - pm25) * share / 5
        day.append(_values([pm10 * 1.6, pm10, pm25, *(walk[name] for name in STEPS)], random))
    return day


def _values(means: list[float], random: Random) -> Values:
    values: list[float] = []
    for place, mean in enumerate(means[:8]):
        digits = 2 if place == PRESSURE_PLACE else 1
        low, high = (abs(random.gauss(0, mean * 0.02)) for _ in range(2))
        values += [round(mean, digits), round(mean - low, digits), round(mean + high, digits)]
    return single((*values, float(round(means[8] % 360))))
