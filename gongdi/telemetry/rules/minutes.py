"""分钟位图：一天 1440 位，最左一位是 00:00，与数据库 bit(1440) 文本同序。"""

from dataclasses import dataclass

MINUTES = 1440
BYTES = MINUTES // 8
FULL = (1 << MINUTES) - 1
HOUR_ONES = (1 << 60) - 1
INTERVALS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
"""The intervals k of a device in minutes (分钟数据间隔); each divides the hour."""


@dataclass(frozen=True, slots=True)
class DayMaps:
    """The six maps of `coverage_day` as ints: 应传 到达 按时 有效 免传 平台故障.

    `received` holds minutes whose sample arrived inside the window (by counts_until).
    """

    expected: int = 0
    received: int = 0
    on_time: int = 0
    valid: int = 0
    exempt: int = 0
    fault: int = 0


def minute_bit(minute: int) -> int:
    """The map with only `minute` (0 to 1439 of the Shanghai day) set."""
    if not 0 <= minute < MINUTES:
        raise ValueError(f"一天没有第 {minute} 分钟")
    return 1 << (MINUTES - 1 - minute)


def window(begin: int, end: int) -> int:
    """The map of the minutes begin <= m < end, both 0 to 1440."""
    if not 0 <= begin <= end <= MINUTES:
        raise ValueError(f"分钟区间 {begin}–{end} 超出一天")
    return ((1 << (end - begin)) - 1) << (MINUTES - end)


def period_bits(minute: int, interval: int) -> int:
    """The bits that the sample starting at `minute` of a k-minute device sets.

    The 5-minute sample of 08:10 sets 08:10 to 08:14. A start inside a period belongs to its period.
    """
    begin = minute - minute % interval
    return window(begin, min(begin + interval, MINUTES))


def hour_window(hour: int) -> int:
    """The 60 minutes of `hour` (0 to 23)."""
    return window(hour * 60, hour * 60 + 60)


def hour_slice(bits: int, hour: int) -> int:
    """The 60 bits of `hour` as an int below 2**60, leftmost bit = minute 0."""
    return bits >> (MINUTES - 60 - hour * 60) & HOUR_ONES


def minutes_of(bits: int) -> list[int]:
    """The minutes set in a map, ascending."""
    found = []
    while bits:
        low = bits & -bits
        found.append(MINUTES - low.bit_length())
        bits ^= low
    return found[::-1]


def to_bytes(bits: int) -> bytes:
    """180 bytes, big-endian: byte 0 holds 00:00 to 00:07, its highest bit is 00:00."""
    return bits.to_bytes(BYTES, "big")


def from_bytes(data: bytes) -> int:
    """The opposite of `to_bytes`; ValueError for another length."""
    if len(data) != BYTES:
        raise ValueError(f"位图应为 {BYTES} 字节，收到 {len(data)}")
    return int.from_bytes(data, "big")


def to_text(bits: int) -> str:
    """The 1440 characters of the SQL bit(1440) literal."""
    return format(bits, f"0{MINUTES}b")


def from_text(text: str) -> int:
    """The opposite of `to_text`; ValueError for anything but 1440 characters 0 and 1."""
    if len(text) != MINUTES or text.strip("01"):
        raise ValueError(f"位图应为 {MINUTES} 个 0 或 1")
    return int(text, 2)


def effective_expected(expected: int, exempt: int, fault: int, received: int) -> int:
    """The minutes that stay in the denominator (应传).

    Exempt minutes leave it; minutes of a platform fault leave it unless their sample came anyway.
    """
    return expected & ~exempt & ~(fault & ~received)
