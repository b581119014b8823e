"""本进程见过的设备分钟：只为让快路少碰主键，真相仍是主键。"""

from __future__ import annotations

from collections.abc import Sequence

from gongdi.ingest.rows import MICROS_PER_MINUTE, SHANGHAI_OFFSET

_MINUTES = 1440
_DAY_BITS = 20


class KnownMinutes:
    """1440-bit maps per device and Shanghai day, bounded; the oldest maps are forgotten first."""

    def __init__(self, limit: int = 60_000) -> None:
        self._limit = limit
        self._maps: dict[int, bytearray] = {}

    def split(self, device_ids: Sequence[int], ts_micros: Sequence[int]) -> tuple[list[int], list[int]]:
        """Note device minutes; places of those not known before, and of those that were."""
        fresh: list[int] = []
        suspect: list[int] = []
        places: dict[int, tuple[int, int, int]] = {}
        maps = self._maps
        for number, (device_id, ts) in enumerate(zip(device_ids, ts_micros, strict=True)):
            try:
                day, place, bit = places[ts]
            except KeyError:
                day, place, bit = places[ts] = _place(ts)
            try:
                bits = maps[device_id << _DAY_BITS | day]
            except KeyError:
                bits = maps[device_id << _DAY_BITS | day] = bytearray(_MINUTES // 8)
            if bits[place] & bit:
                suspect.append(number)
            else:
                bits[place] |= bit
                fresh.append(number)
        self._forget()
        return fresh, suspect

    def _forget(self) -> None:
        surplus = len(self._maps) - self._limit
        if surplus > 0:
            for key in list(self._maps)[: surplus + self._limit // 10]:
                del self._maps[key]


def _place(ts: int) -> tuple[int, int, int]:
    day, minute = divmod((ts + SHANGHAI_OFFSET) // MICROS_PER_MINUTE, _MINUTES)
    return day & (1 << _DAY_BITS) - 1, minute >> 3, 1 << (minute & 7)
