"""合成的噪声与气象：按时辰、季节和海拔，只为页面完整。"""

import math
import random
from array import array
from dataclasses import dataclass

SEASON_MEAN_C = (-5.0, -1.5, 5.0, 12.5, 18.0, 22.0, 23.5, 21.5, 16.5, 10.0, 2.5, -3.5)


@dataclass(frozen=True, slots=True)
class DayWeather:
    """Columns of one device-day, one value a period: C, %, kPa, m/s, degree, dB(A) mean, least, greatest."""

    temperature: list[float]
    humidity: list[float]
    pressure: list[float]
    wind_speed: list[float]
    wind_direction: list[float]
    noise: list[float]
    noise_low: list[float]
    noise_high: list[float]


def day_weather(seed: int, day_of_year: int, interval: int, altitude_m: float) -> DayWeather:
    """Plausible values of one day in periods of `interval` minutes; the same for the same arguments."""
    chance = random.Random(seed * 1009 + day_of_year)
    starts = range(0, 1440, interval)
    base = _season(day_of_year) + chance.uniform(-3, 3) - (altitude_m - 800) * 0.006
    swing = chance.uniform(4, 7)
    temperature = [base - swing * math.cos((t - 180) / 1440 * math.tau) for t in starts]
    humidity = [min(96.0, max(14.0, 52 - (value - base) * 3.2)) for value in temperature]
    pressure_now = 101.3 * math.exp(-altitude_m / 8400) + chance.uniform(-0.5, 0.5)
    pressure = [pressure_now + 0.12 * math.cos(t / 1440 * 2 * math.tau) for t in starts]
    gust = chance.uniform(0.8, 2.4)
    wind = [max(0.1, gust + 0.9 * math.sin((t - 480) / 1440 * math.tau)) for t in starts]
    heading = chance.uniform(0, 360)
    direction = [(heading + 40 * math.sin(t / 1440 * math.tau * 2)) % 360 for t in starts]
    works = chance.uniform(61, 65.5)
    noise = [_noise(t, works, chance.random()) for t in starts]
    return DayWeather(
        tenths(temperature),
        tenths(humidity),
        [round(value, 2) for value in pressure],
        tenths(wind),
        [float(int(value)) for value in direction],
        tenths(noise),
        tenths([value - 4.2 for value in noise]),
        tenths([value + 6.3 for value in noise]),
    )


def tenths(values: list[float]) -> list[float]:
    """One decimal, half up."""
    return [int(value * 10 + 0.5) / 10 if value >= 0 else -int(0.5 - value * 10) / 10 for value in values]


def float32(values: list[float]) -> list[float]:
    """As the database stores them."""
    return array("f", values).tolist()


def _season(day_of_year: int) -> float:
    month = (day_of_year - 1) / 30.44
    low = int(month) % 12
    part = month - int(month)
    return SEASON_MEAN_C[low] * (1 - part) + SEASON_MEAN_C[(low + 1) % 12] * part


def _noise(minute: int, works: float, chance: float) -> float:
    if minute < 360 or minute >= 1320:
        return 45.5 + 3.5 * chance
    if 720 <= minute < 810:
        return 53 + 3 * chance
    return works + 3 * chance
