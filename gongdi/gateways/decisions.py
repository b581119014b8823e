"""连接状态机对外的决定：存什么、答什么、隔离什么，由外壳去执行。"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gongdi.protocols.hj212.reports import Report

if TYPE_CHECKING:
    from gongdi.gateways.commander import Outcome
    from gongdi.gateways.devices import Live
    from gongdi.gateways.session import Session


@dataclass(slots=True)
class Store:
    """Write this report; send `ack` (empty: none wanted) once it is durable (落盘后应答)."""

    live: "Live"
    report: Report
    raw: bytes
    ack: bytes
    source: int


@dataclass(slots=True)
class Note:
    """An authenticated frame without a row of its own: presence and raw bytes; `ack` as in `Store`."""

    live: "Live"
    cn: int
    raw: bytes
    ack: bytes


@dataclass(slots=True)
class Refuse:
    """Quarantine (隔离) these bytes: never acknowledged, never counted for anybody."""

    reason: str
    detail: str
    device_no: str
    device_id: int | None
    raw: bytes


@dataclass(slots=True)
class Stranger:
    """A sound frame of an unregistered MN (待登记设备): its last frames are kept to be shown."""

    device_no: str
    st: str
    raw: bytes


@dataclass(slots=True)
class Send:
    """Write these bytes to this link now: an echo, a notice, a command."""

    data: bytes


@dataclass(slots=True)
class CanarySeen:
    """The gateway's own frame came through the public listener; `ack` after COMMIT."""

    ack: bytes


@dataclass(slots=True)
class Rest:
    """Stop reading this link for so many seconds (停读): its rate is above the limit."""

    seconds: float


@dataclass(slots=True)
class Close:
    """Close this link; `why` is a code for the connection log."""

    why: str


@dataclass(slots=True)
class Met:
    """A device is heard on this link for the first time; `instead` is the session it replaces."""

    live: "Live"
    instead: "Session | None"


@dataclass(slots=True)
class Answered:
    """A command ended."""

    live: "Live"
    outcome: "Outcome"


@dataclass(slots=True)
class Alarm:
    """Something a person should know (告警), one Chinese sentence; `code` groups equal ones."""

    code: str
    device_no: str
    text: str


Decision = Store | Note | Refuse | Stranger | Send | CanarySeen | Rest | Close | Met | Answered | Alarm
