"""分包：一份数据拆成几个报文时先并成一行，各报文的应答一起等落盘。"""

from dataclasses import dataclass, field

from gongdi.gateways.decisions import Store
from gongdi.protocols.hj212.reports import Report

HELD = 64
WAIT_S = 5.0  # 短于设备的应答超时（10 秒），停等的设备不会因此重发
Key = tuple[int, float]


@dataclass(slots=True)
class Waiting:
    """Sub-packets of one data time that have come so far; `total` is PNUM."""

    total: int
    since: float
    seen: dict[int, Store] = field(default_factory=dict)


@dataclass(slots=True)
class Parts:
    """Sub-packets (分包, HJ 212-2017 annex C.50) of one device, bounded in number and time."""

    held: dict[Key, Waiting] = field(default_factory=dict)

    def take(self, store: Store, header: dict[str, str], now: float) -> list[Store]:
        """Hold a sub-packet; return what is complete: whole packets pass at once."""
        total, place = _number(header.get("PNUM", "")), _number(header.get("PNO", ""))
        if total < 2 or not 1 <= place <= total:
            return [store]
        key = (store.report.cn, store.report.ts.timestamp())
        waiting = self.held.setdefault(key, Waiting(total, now))
        earlier = waiting.seen.get(place)
        if earlier is not None:
            store.ack = earlier.ack if earlier.ack == store.ack else earlier.ack + store.ack
        waiting.seen[place] = store
        if len(waiting.seen) >= waiting.total:
            return [merged(self.held.pop(key))]
        return self.overdue(now) if len(self.held) > HELD else []

    def overdue(self, now: float) -> list[Store]:
        """Packets whose other parts did not come in time are stored as far as they came."""
        late = [key for key, waiting in self.held.items() if now - waiting.since >= WAIT_S]
        if not late and len(self.held) > HELD:
            late = [next(iter(self.held))]
        return [merged(self.held.pop(key)) for key in late]


def merged(waiting: Waiting) -> Store:
    """One row of all parts: a factor counts where it was sent, the first part wins; all acks together."""
    stores = [waiting.seen[place] for place in sorted(waiting.seen)]
    first = stores[0]
    report = first.report
    for store in stores[1:]:
        report = _add(report, store.report)
    return Store(
        first.live,
        report,
        b"".join(store.raw for store in stores),
        b"".join(store.ack for store in stores),
        first.source,
    )


def _add(one: Report, other: Report) -> Report:
    marks = one.marks
    for shift in range(0, 36, 4):
        if not marks >> shift & 15:
            marks |= (other.marks >> shift & 15) << shift
    values = tuple(a if a is not None else b for a, b in zip(one.values, other.values, strict=True))
    extra = {**(other.extra or {}), **(one.extra or {})}
    return one._replace(marks=marks, values=values, extra=extra or None)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
