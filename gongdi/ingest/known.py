"""本进程见过的设备分钟：只为让快路少碰主键，真相仍是主键。"""

from __future__ import annotations

from collections import OrderedDict

from gongdi.ingest.rows import MICROS_PER_MINUTE, SHANGHAI_OFFSET

_MINUTES = 1440


class KnownMinutes:
    """1440-bit maps per device and Shanghai day, bounded; the least recently created maps are forgotten."""

    def __init__(self, limit: int = 60_000) -> None:
        self._limit = limit
        self._maps: OrderedDict[int, bytearray] = OrderedDict()

    def add(self, device_id: int, ts_micros: int) -> bool:
        """Note a device minute; True when it was not known before."""
        day, minute = divmod((ts_micros + SHANGHAI_OFFSET) // MICROS_PER_MINUTE, _MINUTES)
        key = device_id << 20 | (day & 0xFFFFF)
        bits = self._maps.get(key)
        if bits is None:
            bits = self._maps[key] = bytearray(_MINUTES // 8)
            if len(self._maps) > self._limit:
                self._maps.popitem(last=False)
        place, bit = minute >> 3, 1 << (minute & 7)
        if bits[place] & bit:
            return False
        bits[place] |= bit
        return True
