"""缺传解释的并排记录与证据单：起止按比例、缺的写明、同样的记录得同样的值。"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gongdi.monitor.queries.connections import Connection
from gongdi.returns import evidence
from gongdi.telemetry.queries.states import SlotState, StateRun
from gongdi.web.drawing import lanes, strip
from tests.web.samples import NOW, at, explain_slot, hour_strip

HOUR = at(17, 14)
SHOWN = lanes.window(HOUR, at(17, 9, 47), at(17, 14, 24))


def test_the_window_holds_the_gap_and_the_hour() -> None:
    assert (SHOWN.starts, SHOWN.ends) == (at(17, 9, 17), at(17, 15, 30))
    assert SHOWN.x(SHOWN.starts) == lanes.LEFT
    assert SHOWN.x(SHOWN.ends + timedelta(hours=9)) == lanes.WIDTH
    assert [label for _, label in SHOWN.ticks] == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]
    far = lanes.window(HOUR, at(10), None)
    assert (far.starts, far.ends) == (HOUR - timedelta(hours=12), HOUR + timedelta(hours=1, minutes=30))


def test_bars_stand_where_their_instants_are() -> None:
    runs = [
        StateRun(at(17, 0), at(17, 9, 48), SlotState.ON_TIME, 588, 588, "", None),
        StateRun(at(17, 9, 48), at(17, 14, 24), SlotState.MISSING, 276, 276, "", None),
        StateRun(at(17, 14, 24), at(17, 14, 25), None, 1, 1, "", None),
        StateRun(at(18, 0), at(18, 1), SlotState.ON_TIME, 60, 60, "", None),
    ]
    first, gap = lanes.of_runs(SHOWN, runs)
    assert (first.x, first.label) == (lanes.LEFT, "")
    assert gap.x == pytest.approx(first.x + first.width)
    assert gap.label == "缺传 276 个样本"
    assert "09:48–14:24" in gap.words


def test_connections_and_probes_leave_their_gaps_open() -> None:
    rows = (
        Connection(at(17, 14, 31), None, "p", 1, "", False),
        Connection(at(16), at(17, 9, 50), "p", 1, "断", False),
    )
    bars = lanes.of_connections(SHOWN, rows, NOW)
    assert len(bars) == 2
    assert bars[0].x < bars[0].x + bars[0].width < bars[1].x
    probes = [at(17, 14, n) for n in range(60) if n not in (20, 21)]
    assert len(lanes.of_minutes(SHOWN, probes)) == 2
    assert lanes.of_minutes(SHOWN, []) == ()
    drawn = lanes.stacked((("甲", bars, "没有"), ("乙", (), "未接入")))
    assert [(lane.none, lane.y) for lane in drawn] == [("", lanes.TOP), ("未接入", lanes.TOP + lanes.STEP)]


def test_the_same_records_give_the_same_sheet() -> None:
    found = explain_slot(1, HOUR.date(), 14, NOW)
    probes = [HOUR + timedelta(minutes=n) for n in range(60)]
    sheet = evidence.items(found, probes)
    assert [(item.what, item.n) for item in sheet][1:3] == [
        ("连接记录", 2),
        ("平台探针 2026-11-17 14 时", 60),
    ]
    assert evidence.items(found, probes) == sheet
    assert len(evidence.check(sheet)) == 19
    other = replace(found, connections=found.connections[:1])
    assert evidence.check(evidence.items(other, probes)) != evidence.check(sheet)
    assert evidence.items(other, probes)[0] == sheet[0]


def test_the_strip_names_the_lock_days_and_the_newest_missing_hour() -> None:
    whole = hour_strip(1, NOW)
    locked = replace(whole, locks={date(2026, 10, 1): at(11), date(2026, 11, 1): at(11) + timedelta(days=30)})
    days = tuple(replace(day, locked=day.day.month == 10) for day in locked.days)
    words = strip.month_words(replace(locked, days=days))
    assert words == {"locked": "10 月 · 已锁定 11-10", "open": "11 月 · 未锁定，锁定日 12-10"}
    pick = strip.latest_missed(whole)
    assert pick is not None
    assert pick.path == "2026-11-17/14"
    assert "缺传" in pick.words
