"""时段六态及其连续区间：到达轨、到达格和缺传清单共用。"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SlotState(StrEnum):
    """六态 of a slot (minute or hour); `label` is the word on the page."""

    ON_TIME = "on_time"
    BACK_FILLED = "back_filled"
    PENDING = "pending"
    EXEMPT = "exempt"
    PLATFORM_FAULT = "platform_fault"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """Chinese word of the state as shown (按时, 补传, 应传未到, 免传, 平台故障, 缺传)."""
        return _LABELS[self.value]


_LABELS = {
    "on_time": "按时",
    "back_filled": "补传",
    "pending": "应传未到",
    "exempt": "免传",
    "platform_fault": "平台故障",
    "missing": "缺传",
}


@dataclass(frozen=True, slots=True)
class StateRun:
    """Consecutive minutes [starts, ends) of one state (None = not expected); samples = minutes / interval."""

    starts: datetime
    ends: datetime
    state: SlotState | None
    minutes: int
    samples: int
    cause: str
    cure_until: datetime | None
