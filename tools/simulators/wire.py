"""模拟设备自己的 HJ 212 组帧：照附录 A 逐位计算，不借用平台的编解码。"""

import re
from datetime import datetime

HEADER = re.compile(rb"([A-Za-z]+)=([^;&]*)")


def annex_crc(segment: bytes) -> str:
    """CRC of HJ 212-2017 annex A as printed there, four upper-case hex digits."""
    crc = 0xFFFF
    for byte in segment:
        crc = (crc >> 8) ^ byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return f"{crc:04X}"


def modbus_crc(segment: bytes) -> str:
    """The ordinary CRC-16/MODBUS that some firmwares send instead of annex A."""
    crc = 0xFFFF
    for byte in segment:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return f"{crc:04X}"


def frame(segment: bytes, crc: str | None = None, longer: int = 0) -> bytes:
    """Wrap a data segment; `crc` replaces the right one, `longer` is added to the declared length."""
    return b"##%04d%s%s\r\n" % (len(segment) + longer, segment, (crc or annex_crc(segment)).encode())


def stamp(moment: datetime) -> str:
    """QN (请求编码): 17 digits of Beijing time to the millisecond."""
    return moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03d}"


def segments(buffer: bytearray) -> list[bytes]:
    """Cut complete data segments sent by the platform out of `buffer`, leaving the rest in it."""
    found = []
    while (at := buffer.find(b"##")) >= 0 and len(buffer) >= at + 6:
        size = int(buffer[at + 2 : at + 6])
        end = at + 6 + size + 4
        if len(buffer) < end:
            break
        found.append(bytes(buffer[at + 6 : at + 6 + size]))
        del buffer[:end]
    return found


def fields(segment: bytes) -> dict[str, str]:
    """Header and CP fields of a platform's segment in one flat dict; the first of a repeated key wins."""
    found: dict[str, str] = {}
    for key, value in HEADER.findall(segment.replace(b"CP=&&", b"").replace(b",", b";")):
        found.setdefault(key.decode(), value.decode("ascii", "replace"))
    return found
