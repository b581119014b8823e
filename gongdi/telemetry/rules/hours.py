"""扬尘小时与日：小时有效、日得分，全部用精确分数。

依据: 379-2.2.3
"""

from dataclasses import dataclass
from fractions import Fraction

from gongdi.telemetry.rules.minutes import DayMaps, effective_expected, hour_slice

CREDIT_UNIT = 5_354_228_880
"""lcm(1..24): a day credit times this unit is an exact integer, so SQL can sum it as bigint."""


@dataclass(frozen=True, slots=True)
class DayCredit:
    """Hours needed for full credit and the credit (日得分); both None on a day without expected hours."""

    needed: int | None
    credit: Fraction | None


def hour_valid(expected: int, valid: int, share: Fraction) -> bool:
    """Whether an hour counts (小时有效): valid >= share x expected. Samples or minute bits; 0 expected: no."""
    return expected > 0 and valid * share.denominator >= expected * share.numerator


def samples_needed(expected: int, share: Fraction) -> int:
    """The least number of valid samples (or minute bits) that makes an hour of `expected` valid."""
    return -(-expected * share.numerator // share.denominator)


def day_credit(expected_hours: int, valid_hours: int, day_hours: Fraction) -> DayCredit:
    """Day credit (日得分): 1 from ceil(expected x day_hours) valid hours on, else valid / expected."""
    if expected_hours == 0:
        return DayCredit(None, None)
    needed = samples_needed(expected_hours, day_hours)
    full = valid_hours >= needed
    return DayCredit(needed, Fraction(1) if full else Fraction(valid_hours, expected_hours))


def credit_units(expected_hours: int, valid_hours: int, day_hours: Fraction) -> int | None:
    """`day_credit` in units of 1 / CREDIT_UNIT, exact for 1 to 24 expected hours."""
    credit = day_credit(expected_hours, valid_hours, day_hours).credit
    if credit is None:
        return None
    return credit.numerator * (CREDIT_UNIT // credit.denominator)


def hours_of(maps: DayMaps, share: Fraction) -> tuple[int, int]:
    """(expected_hours, valid_hours) of a device-day, judged on minute bits.

    An hour is expected when one of its minutes is still expected after exemptions and platform
    faults; only expected minutes count as valid, so nothing exempt is ever added to the numerator.
    """
    left = effective_expected(maps.expected, maps.exempt, maps.fault, maps.received)
    good = maps.valid & left
    expected_hours = valid_hours = 0
    for hour in range(24):
        due = hour_slice(left, hour).bit_count()
        if due:
            expected_hours += 1
            valid_hours += hour_valid(due, hour_slice(good, hour).bit_count(), share)
    return expected_hours, valid_hours
