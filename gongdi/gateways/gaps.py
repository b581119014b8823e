"""缺口：由覆盖图找出最近七十二小时里没有收到的分钟，合并成补传请求。"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
MINUTE = 60
DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Span:
    """A run of missing periods in epoch seconds: first start and last start, both inclusive."""

    begins: int
    ends: int


def missing_spans(
    received: Mapping[date, str], interval_min: int, begins: float, ends: float, longest: float
) -> list[Span]:
    """Runs of missing periods between two instants, newest first, none longer than `longest` seconds.

    `received` maps Shanghai days to texts of 1440 `0`/`1`; a day without a map has nothing. Newest first,
    because older data is nearer to its end of counting only by its own fault and the newest gap is seen most.
    """
    step = interval_min * MINUTE
    spans: list[Span] = []
    start: int | None = None
    last = 0
    for at in _periods(begins, ends, step):
        if _has(received, at, interval_min):
            if start is not None:
                spans.append(Span(start, last))
                start = None
            continue
        if start is not None and at - start >= longest:
            spans.append(Span(start, last))
            start = None
        if start is None:
            start = at
        last = at
    if start is not None:
        spans.append(Span(start, last))
    return spans[::-1]


def without(spans: Sequence[Span], asked: Sequence[Span]) -> list[Span]:
    """Leave out what lies inside a span already asked for and answered with 'no data'."""
    return [
        span
        for span in spans
        if not any(old.begins <= span.begins and span.ends <= old.ends for old in asked)
    ]


def with_rows(received: Mapping[date, str], rows: Iterable[tuple[float, int]]) -> dict[date, str]:
    """The maps with rows (start in epoch seconds, minutes) that were stored since they were folded."""
    changed: dict[date, list[str]] = {}
    for at, minutes in rows:
        for offset in range(minutes):
            moment = datetime.fromtimestamp(at + MINUTE * offset, BEIJING)
            day = moment.date()
            bits = changed.setdefault(day, list(received.get(day, "0" * DAY_MINUTES)))
            bits[moment.hour * 60 + moment.minute] = "1"
    return dict(received) | {day: "".join(bits) for day, bits in changed.items()}


def _periods(begins: float, ends: float, step: int) -> Iterator[int]:
    """Starts of whole periods within [begins, ends); periods begin at Beijing midnight multiples of `step`."""
    first = -(-int(begins) // step) * step
    return iter(range(first, int(ends) - step + 1, step))


def _has(received: Mapping[date, str], at: int, interval_min: int) -> bool:
    moment = datetime.fromtimestamp(at, BEIJING)
    bits = received.get(moment.date())
    if bits is None:
        return False
    minute = moment.hour * 60 + moment.minute
    return "0" not in bits[minute : minute + interval_min]


def days_between(begins: float, ends: float) -> list[date]:
    """Shanghai days touched by two instants."""
    first, last = (datetime.fromtimestamp(at, BEIJING).date() for at in (begins, ends))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
