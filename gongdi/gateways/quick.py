"""常见情形的快路：登记未变、样式未变的一整包分钟数据，直接成为待写的行。"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gongdi.ingest.rows import MinuteRow
from gongdi.protocols.hj212.patterns import Pattern, learn
from gongdi.protocols.hj212.reports import Head

if TYPE_CHECKING:
    from gongdi.gateways.devices import Device, Live
    from gongdi.gateways.session import Session

MINUTE = 2051
TOKENS_LEFT = 2.0


@dataclass(slots=True)
class Quick:
    """Fast twin of `Session.feed` and `Sink.store` for the one device of a link; equal by test.

    The header bytes are those of a packet whose password was right, so an unchanged registration needs no second look.
    """

    live: "Live"
    device: "Device"
    pattern: Pattern
    edition: int
    st: str

    def take(self, session: "Session", data: bytes, now: float) -> tuple[MinuteRow, bytes] | None:
        """Row and acknowledgement of a whole packet; None leaves every byte and every state to the slow path."""
        live, device, house = self.live, self.device, session.house
        commander = live.commander
        if (
            live.holder is not session
            or live.device is not device
            or house.registry.by_id.get(device.id) is not live
            or live.bucket.tokens < TOKENS_LEFT
            or commander.queue
            or commander.current
            or not live.in_service(now)
        ):
            return None
        reading = self.pattern.read(data)
        if reading is None:
            return None
        qn, ts, values, extra = reading
        if not house.oldest <= ts.timestamp() <= now + house.limits.future_s:
            return None
        frame = session.framer.whole(data)
        if frame is None:
            return None
        session.heard_at = now
        live.bucket.take(now)
        live.edition, live.st = self.edition, self.st
        row = MinuteRow(
            ts,
            datetime.fromtimestamp(now, UTC),
            self.pattern.marks,
            device.id,
            device.interval_min,
            0,
            values,
            extra,
            frame[0],
            session.peer,
            MINUTE,
        )
        return row, self.pattern.ack(qn)


def quick_for(live: "Live", head: Head) -> Quick | None:
    """The fast path for packets like this one, which the slow path has just stored; None when it has no pattern.

    A packet of 2005 with its QN in the CP area has none: a pattern repeats the QN of the header.
    """
    pattern = learn(head, live.reader)
    return None if pattern is None else Quick(live, live.device, pattern, live.edition, live.st)
