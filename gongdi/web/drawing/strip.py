"""到达格的图：一列一天，一格一小时；按时的格子并成一条路径，其余每格可点。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gongdi.kernel.clock import SHANGHAI
from gongdi.monitor.queries.strip import HourCell, Strip, StripDay
from gongdi.telemetry.queries.states import SlotState

STEP_X, STEP_Y, CELL_W, CELL_H = 36, 10, 32, 8.6
LEFT, TOP = 42, 24
LINK_LIMIT = 260


@dataclass(frozen=True, slots=True)
class CellMark:
    """One cell that is not simply on time: box, state and the words read aloud."""

    x: float
    y: float
    hour: int
    state: str
    words: str
    linked: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One day: x, path of its on-time cells, other cells, figures under it."""

    x: float
    middle: float
    day: date
    on_time: str
    marks: tuple[CellMark, ...]
    figure: str
    short: bool
    day_text: str
    today: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """The hour named under the strip (已选): corner of its cell, its address under the device, its words."""

    x: float
    y: float
    path: str
    words: str


@dataclass(frozen=True, slots=True)
class StripDrawing:
    """Everything the template writes: size, columns, where the locked month ends, legend counts."""

    width: float
    height: float
    bottom: float
    columns: tuple[Column, ...]
    divider: float | None
    locked_text: str
    open_text: str
    legend: tuple[tuple[str, str, int], ...]
    hours: tuple[tuple[float, str], ...]


def draw(strip: Strip, today: date, lock_days: Mapping[str, str]) -> StripDrawing:
    """Drawing of 30 x 24 states; `lock_days` gives the words for the 'locked' and the 'open' month."""
    room = LINK_LIMIT
    columns: list[Column] = []
    for index, day in enumerate(strip.days):
        column, used = _column(day, index, today, room)
        room -= used
        columns.append(column)
    divider = _divider(strip)
    return StripDrawing(
        width=LEFT + STEP_X * len(strip.days),
        height=TOP + STEP_Y * 24 + 40,
        bottom=TOP + STEP_Y * 24,
        columns=tuple(columns),
        divider=divider,
        locked_text=lock_days.get("locked", "") if divider is not None else "",
        open_text=lock_days.get("open", "") if divider is not None else "",
        legend=tuple((state.value, state.label, strip.totals.get(state, 0)) for state in SlotState),
        hours=tuple((TOP + STEP_Y * hour + CELL_H, f"{hour:02d}") for hour in (0, 6, 12, 18, 23)),
    )


def _column(day: StripDay, index: int, today: date, room: int) -> tuple[Column, int]:
    x = LEFT + STEP_X * index
    marks: list[CellMark] = []
    on_time: list[str] = []
    for cell in day.cells:
        y = TOP + STEP_Y * cell.hour
        if cell.state is SlotState.ON_TIME and not cell.in_progress:
            on_time.append(f"M{x} {y:g}h{CELL_W}v{CELL_H}h-{CELL_W}z")
        elif cell.state is not None or cell.in_progress:
            marks.append(CellMark(x, y, cell.hour, _kind(cell), _words(day.day, cell), len(marks) < room))
    first = index == 0 or day.day.day == 1
    text = f"{day.day:%m-%d}" if first or day.day == today else f"{day.day.day}"
    figure = f"{day.valid_hours}/{day.expected_hours}" if day.expected_hours else "—"
    column = Column(
        x,
        x + CELL_W / 2,
        day.day,
        "".join(on_time),
        tuple(marks),
        figure,
        day.met is False,
        text,
        day.day == today,
    )
    return column, len(marks)


def _kind(cell: HourCell) -> str:
    return "now" if cell.in_progress or cell.state is None else cell.state.value


def _words(day: date, cell: HourCell) -> str:
    state = "进行中" if cell.in_progress or cell.state is None else cell.state.label
    return f"{day:%m-%d} {cell.hour:02d} 时，{state}，有效 {cell.valid_minutes}/{cell.due_minutes} 分钟"


def _divider(strip: Strip) -> float | None:
    for index, day in enumerate(strip.days):
        if index and day.day.day == 1:
            return LEFT + STEP_X * index - (STEP_X - CELL_W) / 2
    return None


def month_words(strip: Strip) -> dict[str, str]:
    """Words left and right of the line between two months: locked since, or open until (锁定日)."""
    if not strip.days:
        return {}
    first, last = strip.days[0], strip.days[-1]
    return {"locked": _lock_words(strip, first), "open": _lock_words(strip, last)}


def _lock_words(strip: Strip, day: StripDay) -> str:
    lock = strip.locks.get(day.day.replace(day=1))
    when = (
        "" if lock is None else f"{(lock - timedelta(seconds=1)).astimezone(SHANGHAI):%m-%d}"
    )  # 至当日 24 时
    word = f"已锁定 {when}" if day.locked else f"未锁定，锁定日 {when}" if when else "未锁定"
    return f"{day.day.month} 月 · {word.strip()}"


def latest_missed(strip: Strip) -> Pick | None:
    """The newest hour that is missing, else still due: what the note under the strip names first."""
    for wanted in (SlotState.MISSING, SlotState.PENDING):
        for index in range(len(strip.days) - 1, -1, -1):
            day = strip.days[index]
            for cell in reversed(day.cells):
                if cell.state is wanted and not cell.in_progress:
                    x, y = LEFT + STEP_X * index, TOP + STEP_Y * cell.hour
                    return Pick(x, y, f"{day.day:%Y-%m-%d}/{cell.hour}", _words(day.day, cell))
    return None
