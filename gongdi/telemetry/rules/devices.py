"""扬尘设备：应装几台，一天里计入哪几台。

依据: 379-2.2.1.b
"""

from fractions import Fraction

from gongdi.telemetry.rules.hours import day_credit

DeviceDay = tuple[int, int]
"""(expected_hours, valid_hours) of one device on one day."""


def required_devices(size: int, per_device: int, minimum: int) -> int:
    """n of a site: max(minimum, ceil(size / per_device)); size in m2 (面积) or m (长度), per policy."""
    return max(minimum, -(-size // per_device))


def n_best(
    device_days: list[DeviceDay], n: int, day_hours: Fraction, missing_hours: int = 24
) -> list[DeviceDay]:
    """The n device-days that count on a day (择优 n 台).

    Credit 1 first, then device-days without an expected hour (they leave the denominator), then
    smaller credits from high to low; where fewer than n exist, each missing device is
    (missing_hours, 0): a device-day with credit 0. So a spare device can only help.
    """
    ordered = sorted(device_days, key=lambda day: _rank(day, day_hours))
    absent = max(0, n - len(ordered))
    return ordered[:n] + [(missing_hours, 0)] * absent


def _rank(day: DeviceDay, day_hours: Fraction) -> tuple[int, Fraction]:
    credit = day_credit(*day, day_hours).credit
    if credit is None:
        return 1, Fraction(0)
    return (0, Fraction(0)) if credit == 1 else (2, -credit)
