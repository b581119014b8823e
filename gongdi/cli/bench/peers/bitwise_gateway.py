"""对照：同一个网关，只把校验换成附录 A 印出来的逐位算法。"""

import sys

from gongdi.cli.main import main
from gongdi.protocols.hj212 import crc, replies


def annex_crc16(data: bytes) -> int:
    """CRC of HJ 212 annex A, bit by bit as the standard prints it."""
    value = 0xFFFF
    for byte in data:
        value = (value >> 8) ^ byte
        for _ in range(8):
            carry = value & 1
            value >>= 1
            if carry:
                value ^= 0xA001
    return value


if __name__ == "__main__":
    crc.CHECKS["hj212"] = annex_crc16
    setattr(replies, "crc16", annex_crc16)  # noqa: B010
    sys.exit(main())
