"""应传义务：下层房间用它报告谁在什么时候该交什么。"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class ObligationState(Enum):
    """The six states of a slot (应传未到 按时 补传 免传 平台故障 缺传)."""

    PENDING = "应传未到"
    ON_TIME = "按时"
    BACK_FILLED = "补传"
    EXEMPT = "免传"
    PLATFORM_FAULT = "平台故障"
    MISSING = "缺传"

    @property
    def counts(self) -> bool:
        """Whether the slot is in the denominator once the month is locked (计入应传)."""
        return self not in (ObligationState.EXEMPT, ObligationState.PLATFORM_FAULT)

    @property
    def fulfilled(self) -> bool:
        """Whether the slot is in the numerator (实传)."""
        return self in (ObligationState.ON_TIME, ObligationState.BACK_FILLED)


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing owed by one unit (应传), as the lower rooms report it to `returns`.

    `code` names the duty (record type or stream), `owing_unit` is the id of the unit that holds
    this part in the project on the due date and stays, whoever follows (归责).
    """

    project_id: int
    code: str
    subject: str
    owing_unit: int | None
    due: datetime
    counts_until: datetime
    state: ObligationState
    counted: bool = True
