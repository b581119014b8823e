"""样本是否有效：按 HJ 212 数据标记逐因子判断，再看每组至少一个。

依据: 379-2.2.3
"""

from enum import IntEnum
from functools import lru_cache

from gongdi.ingest.rows import FACTORS as FACTORS

FactorGroups = tuple[tuple[str, ...], ...]


class Mark(IntEnum):
    """Data mark (数据标记) of one factor as stored in a nibble; factor i of FACTORS at bit 4 * i."""

    NOT_SENT = 0
    NORMAL = 1
    OVER_LIMIT = 2
    MAINTENANCE = 3
    CALIBRATION = 4
    FAULT = 5
    LINK_LOST = 6
    STOPPED = 7
    SET_BY_HAND = 8
    UNMARKED = 9
    UNKNOWN = 10
    OUT_OF_RANGE = 11
    POWER_FAILURE = 12


COUNTED = frozenset({Mark.NORMAL, Mark.OVER_LIMIT, Mark.UNMARKED})
"""Marks counted as valid: N, T, or a value without a mark (return_rate.yaml flags_counted_valid)."""

EXEMPT_WHEN_ANNOUNCED = frozenset({Mark.MAINTENANCE, Mark.CALIBRATION})
"""Marks that excuse the minutes of an announced maintenance (X3)."""

_COUNTED_BITS = sum(1 << mark for mark in COUNTED)


def mark_of(marks: int, factor: str) -> int:
    """The nibble of one factor (0 to 15)."""
    return marks >> 4 * FACTORS.index(factor) & 15


def valid_factors(marks: int) -> tuple[str, ...]:
    """The factors whose value counts as valid."""
    return tuple(name for i, name in enumerate(FACTORS) if _COUNTED_BITS >> (marks >> 4 * i & 15) & 1)


@lru_cache(maxsize=4096)
def sample_valid(marks: int, groups: FactorGroups) -> bool:
    """Whether a sample is valid (有效样本): each group has at least one factor that counts.

    `groups` is the policy `dust.valid_factor_groups`. Cached: a device keeps its marks for hours.
    """
    found = set(valid_factors(marks))
    return all(found.intersection(group) for group in groups)
