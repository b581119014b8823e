"""决定变成待写的行：数据时间、来源、应答都在这里配齐，提交之后才应答。"""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gongdi.gateways.decisions import CanarySeen, Note, Refuse, Store, Stranger
from gongdi.ingest.notes import Connection, Heard, Refused, Unknown
from gongdi.ingest.rows import MinuteRow, Outcome, ReportedRow
from gongdi.protocols.hj212.factors import FACTORS

if TYPE_CHECKING:
    from gongdi.gateways.devices import Live
    from gongdi.gateways.link import Link
    from gongdi.ingest.writer import Writer
    from gongdi.protocols.hj212.reports import Report

REALTIME, MINUTE, HOUR = 2011, 2051, 2061
HOURLY = 60
BY_HOUR_FRAME = 2


class Sink:
    """Hands decisions to the group-commit writer and sends acknowledgements after COMMIT (落盘后应答)."""

    def __init__(self, writer: "Writer") -> None:
        self.writer = writer

    def store(self, link: "Link", decision: Store, now: float) -> None:
        """A report: minute row, reported hour or day, or realtime value."""
        report, live = decision.report, decision.live
        at = datetime.fromtimestamp(now, UTC)
        link.unacked += 1
        done = partial(durable, link, decision.ack)
        cn = report.cn
        interval = live.device.interval_min
        if cn == MINUTE or (cn == HOUR and interval == HOURLY):
            source = decision.source | (BY_HOUR_FRAME if cn == HOUR else 0)
            row = MinuteRow(
                report.ts,
                at,
                report.marks,
                live.device.id,
                interval,
                source,
                report.values,
                report.extra,
                decision.raw,
                link.peer,
                cn,
            )
            self.writer.put_minute(row, done)
        elif cn == REALTIME:
            value = realtime_value(report)
            skew = report.ts.timestamp() - now if not decision.source & 1 else None
            heard = Heard(live.device.id, at, link.peer, cn, decision.raw, value, skew, done)
            self.writer.put_heard(heard)
        else:
            payload = reported_payload(report)
            reported = ReportedRow(report.ts, at, live.device.id, cn, payload, decision.raw, link.peer)
            self.writer.put_reported(reported, done)

    def minute(self, link: "Link", row: MinuteRow, ack: bytes) -> None:
        """A minute row that the fast path has made."""
        link.unacked += 1
        self.writer.put_minute(row, partial(durable, link, ack))

    def note(self, link: "Link", decision: Note, now: float) -> None:
        """A heartbeat, an answer or anything else that is only a sign of life."""
        done = None
        if decision.ack:
            link.unacked += 1
            done = partial(durable, link, decision.ack)
        at = datetime.fromtimestamp(now, UTC)
        device_id = decision.live.device.id
        self.writer.put_heard(Heard(device_id, at, link.peer, decision.cn, decision.raw, done=done))

    def refuse(self, link: "Link", decision: Refuse, now: float) -> None:
        """Quarantine."""
        at = datetime.fromtimestamp(now, UTC)
        refused = Refused(
            at,
            link.peer,
            decision.reason,
            decision.raw,
            decision.device_no,
            decision.device_id,
            decision.detail,
        )
        self.writer.put_refused(refused)

    def stranger(self, link: "Link", decision: Stranger, now: float) -> None:
        """An unregistered device."""
        at = datetime.fromtimestamp(now, UTC)
        self.writer.put_unknown(Unknown(at, decision.device_no, link.peer, decision.st, decision.raw))

    def canary(self, link: "Link", decision: CanarySeen, now: float) -> None:
        """The own packet, through the public listener."""
        minute = datetime.fromtimestamp(now // 60 * 60, UTC)
        link.unacked += 1
        self.writer.put_canary(minute, partial(durable, link, decision.ack, Outcome.STORED))

    def connection(
        self, link: "Link", live: "Live", closed: float | None, why: str, relay: bool = False
    ) -> None:
        """Opening (`closed` None) or end of a device's connection."""
        opened = link.opened.get(live.device.id)
        if opened is None:
            return
        seq, opened_at = opened
        if closed is not None:
            del link.opened[live.device.id]
        self.writer.put_connection(
            Connection(
                seq,
                datetime.fromtimestamp(opened_at, UTC),
                link.peer,
                live.device.mn,
                live.device.id,
                relay,
                datetime.fromtimestamp(closed, UTC) if closed is not None else None,
                why,
            )
        )


def durable(link: "Link", ack: bytes, outcome: Outcome) -> None:
    """Called after COMMIT: answer, unless the database itself refused the row."""
    link.unacked -= 1
    if ack and outcome is not Outcome.QUARANTINED:
        link.send(ack)
    if link.closing:
        link.close_if_drained()


def realtime_value(report: "Report") -> dict[str, Any]:
    """`device_last.realtime`: sampling moment, marks and one value per factor in stored units."""
    found: dict[str, Any] = {"ts": report.ts.isoformat(), "marks": report.marks}
    for place, factor in enumerate(FACTORS):
        value = report.values[3 * place]
        if value is not None:
            found[factor] = value
    return found


def reported_payload(report: "Report") -> dict[str, Any]:
    """`obs_reported.payload`: what the device said of its hour or day, in stored units."""
    return {"marks": report.marks, "values": list(report.values), "extra": report.extra}
