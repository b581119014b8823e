"""HJ 212 附录A的CRC校验，以及诊断对错误做法所需的几种变体。"""

from collections.abc import Callable
from typing import Literal

CrcKind = Literal["hj212", "modbus", "swapped", "none", "absent"]

_POLYNOMIAL = 0xA001


def _eight_shifts(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ _POLYNOMIAL if value & 1 else value >> 1
    return value


# Annex A steps `crc = (crc >> 8) ^ byte` before the eight shifts: the low byte is thrown away, so the
# state between two bytes is 8 bits wide and the step is a linear map of order 8. Hence bytes 8 apart
# may be XORed together first, and one table per position mod 8 finishes the work.
_STEP = [_eight_shifts(value) for value in range(256)]


def _position_tables() -> list[list[int]]:
    tables = [_STEP]
    for _ in range(7):
        behind = tables[-1]
        tables.append([behind[_STEP[value] >> 8] for value in range(256)])
    return tables


_T0, _T1, _T2, _T3, _T4, _T5, _T6, _T7 = _position_tables()
_HALVES = [(8 << power, (1 << (8 << power)) - 1) for power in range(10, 20)]
_M512, _M256, _M128, _M64, _M32, _M16, _M8 = ((1 << (8 << power)) - 1 for power in range(9, 2, -1))


def _first_kilobyte(value: int, size: int) -> int:
    """Fold more than 1024 bytes into 1024."""
    for bits, mask in _HALVES[(size - 1).bit_length() - 11 :: -1]:
        value = (value >> bits) ^ (value & mask)
    return value


def crc16(data: bytes) -> int:
    """CRC of annex A (HJ 212-2017) over the data segment, 0..65535; not CRC-16/MODBUS."""
    size = len(data)
    if not size:
        return 0xFFFF
    value = int.from_bytes(data, "big") ^ (0xFF << (8 * size - 8))
    # Halves are XORed until eight bytes are left; written out, this takes a fifth less time than a loop.
    if size > 1024:
        value = _first_kilobyte(value, size)
    if size > 512:
        value = (value >> 4096) ^ (value & _M512)
    if size > 256:
        value = (value >> 2048) ^ (value & _M256)
    if size > 128:
        value = (value >> 1024) ^ (value & _M128)
    if size > 64:
        value = (value >> 512) ^ (value & _M64)
    if size > 32:
        value = (value >> 256) ^ (value & _M32)
    if size > 16:
        value = (value >> 128) ^ (value & _M16)
    if size > 8:
        value = (value >> 64) ^ (value & _M8)
    b7, b6, b5, b4, b3, b2, b1, b0 = value.to_bytes(8, "big")
    return _T7[b7] ^ _T6[b6] ^ _T5[b5] ^ _T4[b4] ^ _T3[b3] ^ _T2[b2] ^ _T1[b1] ^ _T0[b0]


def modbus(data: bytes) -> int:
    """Ordinary CRC-16/MODBUS, which many devices send in place of annex A."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _STEP[(crc ^ byte) & 0xFF]
    return crc


def swapped(data: bytes) -> int:
    """Annex A CRC printed low byte first."""
    crc = crc16(data)
    return (crc & 0xFF) << 8 | crc >> 8


CHECKS: dict[str, Callable[[bytes], int]] = {"hj212": crc16, "modbus": modbus, "swapped": swapped}
