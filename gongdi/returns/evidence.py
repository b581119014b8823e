"""缺传证据单：决定一个小时的记录，每件写成定长的文字再取 SHA-256，同样的记录任何时候都得同样的值。"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gongdi.monitor.queries.slot import SlotExplanation


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence: what, from where, how many records, hash of its text."""

    what: str
    source: str
    n: int
    digest: str


def items(found: SlotExplanation, probes: Sequence[datetime]) -> tuple[Item, ...]:
    """The records that decided the hour, in a fixed order."""
    span = f"{found.day:%Y-%m-%d} {found.hour:02d} 时"
    states = [state.value if state else "-" for state in found.minutes]
    links = [
        f"{_at(one.opened_at)} {_at(one.closed_at)} {one.gateway_id} {one.peer} {one.why}"
        for one in found.connections
    ]
    faults = [f"{_at(one.starts)} {_at(one.ends)} {one.gateway_id} {one.cause}" for one in found.faults]
    steps = [f"{_at(one.at)} {_at(one.until)} {one.kind} {one.title} {one.detail}" for one in found.evidence]
    made = (
        (f"分钟状态 {span}", "扬尘接收", states),
        ("连接记录", "网关", links),
        (f"平台探针 {span}", "网关", [_at(one) for one in probes]),
        ("平台故障时段", "状态页", faults),
        ("经过", "规则判定", steps),
    )
    return tuple(Item(what, source, len(lines), _digest(lines)) for what, source, lines in made)


def check(found: Sequence[Item]) -> str:
    """Check code of the sheet: hash of the hashes, first 16 digits in fours."""
    digest = _digest([one.digest for one in found])[:16]
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def _at(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S") if moment else "-"


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
