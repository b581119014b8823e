"""模拟设备的读数：由设备编号和分钟唯一决定，补传时与当时所测一致。"""

import math
from datetime import datetime
from hashlib import blake2b

FACTORS = ("a34001", "a34002", "a34004", "LA", "a01001", "a01002", "a01006", "a01007", "a01008")


def _noise(mn: str, minute: int, salt: str) -> float:
    digest = blake2b(f"{mn}/{minute}/{salt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def reading(mn: str, moment: datetime) -> dict[str, float]:
    """Values of one minute in ug/m3, dB(A), C, %, kPa, m/s and degree, by factor code."""
    minute = int(moment.timestamp() // 60)
    hour = moment.hour + moment.minute / 60
    work = 1.0 if 7 <= hour < 19 else 0.35
    slow = 0.5 + 0.5 * math.sin(minute / 97 + _noise(mn, 0, "phase") * 6.28)
    pm10 = 30 + 85 * work * slow + 12 * _noise(mn, minute, "pm10")
    pm25 = pm10 * (0.42 + 0.08 * _noise(mn, minute, "pm25"))
    return {
        "a34001": pm10 * (1.5 + 0.4 * _noise(mn, minute, "tsp")),
        "a34002": pm10,
        "a34004": pm25,
        "LA": 44 + 18 * work + 7 * _noise(mn, minute, "noise"),
        "a01001": 12 + 9 * math.sin((hour - 9) / 24 * 6.28) + _noise(mn, minute, "t"),
        "a01002": 48 + 18 * math.cos((hour - 5) / 24 * 6.28) + 3 * _noise(mn, minute, "h"),
        "a01006": 92.4 + 0.3 * _noise(mn, minute // 60, "p"),
        "a01007": 0.6 + 3.2 * _noise(mn, minute, "ws"),
        "a01008": 360 * _noise(mn, minute // 20, "wd"),
    }


def spread(value: float, mn: str, minute: int, code: str) -> tuple[float, float, float]:
    """Average, minimum and maximum around one value."""
    half = value * (0.02 + 0.06 * _noise(mn, minute, code + "/spread"))
    return value, value - half, value + half
