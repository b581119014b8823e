"""缺传解释的并排记录：样本、连接、平台探针、同工地另一台；没有接入的一路写明未接入。"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongdi.kernel.clock import SHANGHAI
from gongdi.monitor.queries.connections import Connection
from gongdi.telemetry.queries.states import SlotState, StateRun

LEFT, WIDTH, STEP, TOP = 96.0, 760.0, 30, 26
_LONG = 70.0
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of a lane; `label` is written inside when there is room."""

    x: float
    width: float
    kind: str
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One record over the window; `none` says why it is empty."""

    name: str
    y: int
    bars: tuple[Bar, ...]
    none: str


@dataclass(frozen=True, slots=True)
class Window:
    """What the picture covers: [starts, ends), and the hour in question."""

    starts: datetime
    ends: datetime
    hour: datetime

    def x(self, moment: datetime) -> float:
        """Place of an instant, held inside the picture."""
        held = min(max(moment, self.starts), self.ends)
        return round(LEFT + (WIDTH - LEFT) * ((held - self.starts) / (self.ends - self.starts)), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Full hours, every second one when the window is long."""
        local = self.starts.astimezone(SHANGHAI).replace(minute=0) + timedelta(hours=1)
        step = timedelta(hours=1 if self.ends - self.starts < timedelta(hours=10) else 3)
        found = []
        while local < self.ends:
            found.append((self.x(local), f"{local:%H:%M}"))
            local += step
        return found


def window(hour: datetime, before: datetime | None, after: datetime | None) -> Window:
    """The hour with the whole gap around it and half an hour on either side, at most twelve hours each way."""
    margin, most = timedelta(minutes=30), timedelta(hours=12)
    starts = max(min(hour, before or hour) - margin, hour - most)
    ends = min(max(hour + timedelta(hours=1), after or hour) + margin, hour + most)
    return Window(starts, ends, hour)


def of_runs(shown: Window, runs: Iterable[StateRun]) -> tuple[Bar, ...]:
    """Bars of the states of samples."""
    found = []
    for run in runs:
        if run.state is None or run.ends <= shown.starts or run.starts >= shown.ends:
            continue
        missed = run.state in (SlotState.MISSING, SlotState.PENDING)
        label = f"{run.state.label} {run.samples} 个样本" if missed else ""
        found.append(_bar(shown, (run.starts, run.ends), run.state.value, (run.state.label, label)))
    return tuple(found)


def of_connections(shown: Window, rows: Sequence[Connection], now: datetime) -> tuple[Bar, ...]:
    """Bars of the open connections; what lies between them is not connected."""
    spans = [(one.opened_at, one.closed_at or now) for one in rows]
    inside = [span for span in spans if span[0] < shown.ends and span[1] > shown.starts]
    return tuple(_bar(shown, span, "on_time", ("已连接", "")) for span in sorted(inside))


def of_minutes(shown: Window, minutes: Sequence[datetime]) -> tuple[Bar, ...]:
    """Bars of consecutive minutes with a probe."""
    found: list[list[datetime]] = []
    for minute in minutes:
        if found and minute - found[-1][1] <= _MINUTE:
            found[-1][1] = minute
        else:
            found.append([minute, minute])
    return tuple(_bar(shown, (first, last + _MINUTE), "on_time", ("探针入库", "")) for first, last in found)


def _bar(shown: Window, span: tuple[datetime, datetime], kind: str, words: tuple[str, str]) -> Bar:
    left, right = shown.x(span[0]), shown.x(span[1])
    text = f"{span[0].astimezone(SHANGHAI):%m-%d %H:%M}–{span[1].astimezone(SHANGHAI):%H:%M} {words[0]}"
    width = round(max(1.5, right - left), 1)
    return Bar(left, width, kind, text, words[1] if width > _LONG else "")


def stacked(rows: Sequence[tuple[str, tuple[Bar, ...], str]]) -> tuple[Lane, ...]:
    """Lanes one under the other; the third word is shown when a lane has no bar."""
    return tuple(
        Lane(name, TOP + STEP * n, bars, "" if bars else none) for n, (name, bars, none) in enumerate(rows)
    )
