"""设备时钟：由实时数据的到达时间推算偏差并给出诊断，数据时间从不改写。"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

SAMPLES = 20
HOUR = 3600.0
NAMED_OFFSETS = (
    (12 * HOUR, "十二小时制时钟：上下午相差十二小时"),
    (8 * HOUR, "时区错误：时钟用的是世界时"),
)
NAMED_TOLERANCE = 300.0


@dataclass(slots=True)
class DeviceClock:
    """Skew (时钟偏差) of one device: arrival minus DataTime of its live CN 2011, in seconds."""

    samples: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    set_at: float = 0.0

    def observe(self, arrived: float, data_time: float) -> None:
        """Add one live realtime report; both in epoch seconds."""
        self.samples.append(arrived - data_time)

    @property
    def skew(self) -> float | None:
        """Median of the last 20 samples in seconds, `None` before the first."""
        return median(self.samples) if self.samples else None

    def wants_setting(self, now: float, tolerance: float, every: float) -> bool:
        """Say whether CN 1012 should be offered: skewed for 3 samples, at most once in `every` seconds."""
        if len(self.samples) < 3 or now - self.set_at < every:
            return False
        return abs(median(self.samples)) > tolerance

    def was_set(self, now: float) -> None:
        """Forget the old samples: the clock has just been set."""
        self.set_at = now
        self.samples.clear()


def diagnose(skew: float | None) -> str | None:
    """Name the usual causes of a large skew (12-hour clock, UTC clock); `None` when none fits."""
    if skew is None:
        return None
    for offset, name in NAMED_OFFSETS:
        if abs(abs(skew) - offset) <= NAMED_TOLERANCE:
            return name
    return None
