"""到达格的几何与朗读：每格的位置、状态、词句精确，链接的数量有界。"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gongdi.monitor.queries.strip import HourCell, Strip, StripDay
from gongdi.telemetry.queries.states import SlotState
from gongdi.web.drawing import strip

ON, MISSING = SlotState.ON_TIME, SlotState.MISSING


def cells(state: SlotState | None = ON, valid: int = 60) -> tuple[HourCell, ...]:
    """24 equal hours."""
    return tuple(HourCell(hour, state, valid, 60, False) for hour in range(24))


def day(on: date, of: tuple[HourCell, ...] | None = None, **changes: Any) -> StripDay:
    """A full closed day unless changed."""
    plain = StripDay(on, of or cells(), 24, 24, 20, True, False)
    return replace(plain, **changes)


def whole(*days: StripDay) -> Strip:
    """A strip with the counts of its cells."""
    totals = dict.fromkeys(SlotState, 0)
    for one in days:
        for cell in one.cells:
            if cell.state is not None and not cell.in_progress:
                totals[cell.state] += 1
    return Strip(days, totals)


def test_the_first_cells_lie_where_the_axis_says() -> None:
    drawing = strip.draw(whole(day(date(2026, 5, 20)), day(date(2026, 5, 21))), date(2026, 5, 21), {})
    first, second = drawing.columns
    assert first.on_time.startswith("M42 24h32v8.6h-32zM42 34h32v8.6h-32zM42 44h")
    assert second.on_time.startswith("M78 24h32")
    assert first.on_time.count("M") == 24
    assert (first.x, first.middle, second.middle) == (42, 58, 94)
    assert (drawing.width, drawing.height, drawing.bottom) == (42 + 72, 304, 264)
    assert [text for _, text in drawing.hours] == ["00", "06", "12", "18", "23"]
    assert [y for y, _ in drawing.hours] == [32.6, 92.6, 152.6, 212.6, 262.6]


@pytest.mark.parametrize("state", [one for one in SlotState if one is not ON])
def test_a_cell_of_another_state_is_a_mark_with_its_words(state: SlotState) -> None:
    of = (*cells()[:14], HourCell(14, state, 36, 60, False), *cells()[15:])
    (column,) = strip.draw(whole(day(date(2026, 11, 17), of)), date(2026, 11, 22), {}).columns
    (mark,) = column.marks
    assert (mark.x, mark.y, mark.hour, mark.state, mark.linked) == (42, 164, 14, state.value, True)
    assert mark.words == f"11-17 14 时，{state.label}，有效 36/60 分钟"
    assert column.on_time.count("M") == 23
    assert "M42 164" not in column.on_time


def test_the_hour_under_way_is_not_judged() -> None:
    of = (
        *cells()[:10],
        HourCell(10, ON, 4, 5, True),
        *(HourCell(h, None, 0, 0, False) for h in range(11, 24)),
    )
    (column,) = strip.draw(whole(day(date(2026, 5, 20), of)), date(2026, 5, 20), {}).columns
    (mark,) = column.marks
    assert (mark.state, mark.words) == ("now", "05-20 10 时，进行中，有效 4/5 分钟")
    assert column.on_time.count("M") == 10, "没开始的小时不画"


@pytest.mark.parametrize(
    ("changes", "figure", "short"),
    [
        ({}, "24/24", False),
        ({"valid_hours": 19, "met": False}, "19/24", True),
        ({"valid_hours": 20, "met": True}, "20/24", False),
        ({"valid_hours": 3, "expected_hours": 10, "met": None}, "3/10", False),
        ({"valid_hours": 0, "expected_hours": 0, "met": None}, "—", False),
    ],
)
def test_n_of_n_stands_under_each_day_and_no_nought_for_nothing_owed(
    changes: dict[str, Any], figure: str, short: bool
) -> None:
    (column,) = strip.draw(whole(day(date(2026, 5, 20), **changes)), date(2026, 5, 22), {}).columns
    assert (column.figure, column.short) == (figure, short)


def test_days_are_written_short_and_the_month_where_it_changes() -> None:
    days = [day(date(2026, 4, 29) + timedelta(days=n)) for n in range(5)]
    drawing = strip.draw(whole(*days), date(2026, 5, 3), {"locked": "4 月", "open": "5 月"})
    assert [column.day_text for column in drawing.columns] == ["04-29", "30", "05-01", "2", "05-03"]
    assert [column.today for column in drawing.columns] == [False] * 4 + [True]
    assert drawing.divider == 42 + 72 - 2
    assert (drawing.locked_text, drawing.open_text) == ("4 月", "5 月")


def test_inside_one_month_there_is_no_dividing_line() -> None:
    drawing = strip.draw(
        whole(day(date(2026, 5, 1)), day(date(2026, 5, 2))), date(2026, 5, 2), {"locked": "x"}
    )
    assert (drawing.divider, drawing.locked_text, drawing.open_text) == (None, "", "")


@pytest.mark.parametrize(("locked", "word"), [(True, "已锁定"), (False, "未锁定")])
def test_the_words_beside_the_line_say_what_the_clock_says(locked: bool, word: str) -> None:
    days = whole(day(date(2026, 10, 31), locked=locked), day(date(2026, 11, 1)))
    assert strip.month_words(days) == {"locked": f"10 月 · {word}", "open": "11 月 · 未锁定"}
    assert strip.month_words(Strip((), {})) == {}


def test_a_month_of_missing_hours_has_a_bounded_number_of_links_but_every_cell() -> None:
    days = [day(date(2026, 5, 1) + timedelta(days=n), cells(MISSING, 0)) for n in range(30)]
    drawing = strip.draw(whole(*days), date(2026, 5, 30), {})
    marks = [mark for column in drawing.columns for mark in column.marks]
    assert len(marks) == 720
    assert [mark.linked for mark in marks] == [True] * strip.LINK_LIMIT + [False] * (720 - strip.LINK_LIMIT)


def test_the_legend_names_all_six_states_with_their_hours() -> None:
    of = (HourCell(0, MISSING, 0, 60, False), HourCell(1, SlotState.EXEMPT, 0, 0, False), *cells()[2:])
    legend = strip.draw(whole(day(date(2026, 5, 20), of)), date(2026, 5, 21), {}).legend
    assert legend == (
        ("on_time", "按时", 22),
        ("back_filled", "补传", 0),
        ("pending", "应传未到", 0),
        ("exempt", "免传", 1),
        ("platform_fault", "平台故障", 0),
        ("missing", "缺传", 1),
    )


def test_an_empty_strip_is_an_empty_picture() -> None:
    drawing = strip.draw(Strip((), {}), date(2026, 5, 20), {})
    assert (drawing.columns, drawing.divider, drawing.width) == ((), None, 42)
    assert sum(n for _, _, n in drawing.legend) == 0
