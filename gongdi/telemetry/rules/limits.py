"""扬尘与噪声限值：小时均值停工值，昼夜噪声限值。

依据: 379-2.2.1.b
"""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class NoiseLimits:
    """Noise limits in dB(A) and the night (夜间), which may pass midnight."""

    day: int
    night: int
    night_begins: time
    night_ends: time
    night_max_over: int


def is_night(local: time, limits: NoiseLimits) -> bool:
    """Whether a Shanghai time of day lies in the night: 22:00 <= t < 06:00 by default."""
    if limits.night_begins <= limits.night_ends:
        return limits.night_begins <= local < limits.night_ends
    return local >= limits.night_begins or local < limits.night_ends


def noise_exceeded(leq: float, maximum: float | None, local: time, limits: NoiseLimits) -> bool:
    """Whether an hour is above its noise limit (噪声超标); at night also by its highest level."""
    if not is_night(local, limits):
        return leq > limits.day
    peak_over = maximum is not None and maximum > limits.night + limits.night_max_over
    return leq > limits.night or peak_over


def pm10_stop(hourly_mean: float, stop: int) -> bool:
    """Whether works that raise dust must stop (停止扬尘作业): the hourly mean reaches the value, ug/m3."""
    return hourly_mean >= stop
