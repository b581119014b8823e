"""图的算法：报文逐字节、到达格、小折线、底图投影。"""

import re
from datetime import date

import pytest

from gongdi.maps import base_map
from gongdi.monitor.queries.curve import CurveSettings
from gongdi.pages import sparkline, trend
from gongdi.telemetry.queries.states import SlotState
from gongdi.web.drawing import curve_data, frames, strip
from tests.web import samples


def test_pieces_of_a_frame_are_the_frame_byte_for_byte() -> None:
    frame = samples.last_frames(1)[0]
    rows = frames.rows(frame)
    assert "".join(piece.text for row in rows for piece in row.pieces) == frame.text.rstrip("\r\n")
    assert [row.offset for row in rows] == [1, 101, 201, 301]


def test_every_field_marks_its_own_bytes() -> None:
    frame = samples.last_frames(1)[0]
    marked: dict[int, str] = {}
    for row in frames.rows(frame):
        for piece in row.pieces:
            if piece.field >= 0:
                marked[piece.field] = marked.get(piece.field, "") + piece.text
    for number, field in enumerate((*frame.header, *frame.factors)):
        assert marked[number] == frame.text[field.start : field.end]


def test_six_states_and_the_open_hour_are_drawn() -> None:
    drawing = strip.draw(
        samples.hour_strip(1, samples.NOW), date(2026, 11, 22), {"locked": "甲", "open": "乙"}
    )
    assert len(drawing.columns) == 30
    states = {mark.state for column in drawing.columns for mark in column.marks}
    assert states == {state.value for state in SlotState if state is not SlotState.ON_TIME} | {"now"}
    assert drawing.divider is not None
    assert [column.day.day for column in drawing.columns if column.short] == [17]
    counted = sum(len(re.findall("M", column.on_time)) for column in drawing.columns)
    assert counted == dict((state, n) for state, _, n in drawing.legend)["on_time"]


def test_links_of_a_strip_are_bounded() -> None:
    whole = samples.hour_strip(1, samples.NOW)
    drawing = strip.draw(whole, date(2026, 11, 22), {})
    assert sum(mark.linked for column in drawing.columns for mark in column.marks) <= strip.LINK_LIMIT


@pytest.mark.parametrize(
    ("values", "moves"), [([], 0), ([1.0], 0), ([None, None], 0), ([1.0, 2.0], 1), ([1.0, None, 2.0, 3.0], 2)]
)
def test_a_sparkline_breaks_at_gaps(values: list[float | None], moves: int) -> None:
    assert sparkline.path(values).count("M") == moves


def test_a_flat_sparkline_lies_in_the_middle() -> None:
    assert sparkline.path([5.0, 5.0]) == "M0.0 17.0L84.0 17.0"


def test_the_trend_never_leaves_its_frame() -> None:
    days = [(date(2026, 11, n), share) for n, share in ((1, 1.0), (2, None), (3, 0.0), (4, 0.5))]
    drawn = trend.draw(days)
    assert drawn is not None
    assert all(
        trend.TOP <= float(y) <= trend.HEIGHT - trend.BOTTOM for y in re.findall(r" ([\d.]+)", drawn.path)
    )
    assert trend.draw([(date(2026, 11, 1), None)]) is None


def test_the_map_holds_the_province() -> None:
    assert len(base_map.areas("14")) == 11
    assert len(base_map.areas("1401")) == 10
    assert [area.name for area in base_map.areas("140105")] == ["小店区"]
    place = base_map.project(112.55, 37.87)
    taiyuan = next(area for area in base_map.areas("14") if area.code == "140100")
    assert taiyuan.box[0] < place.x < taiyuan.box[2]
    assert taiyuan.box[1] < place.y < taiyuan.box[3]


def test_the_curve_carries_instants_in_milliseconds() -> None:
    found = samples.day_curve(1, samples.NOW, CurveSettings())
    made = curve_data.series(found, "pm10", 1)
    assert made["end"] - made["start"] == 24 * 3600 * 1000
    assert [panel["title"] for panel in made["panels"]] == ["PM10 · PM2.5　µg/m³", "噪声 Leq　dB(A)"]
    assert len(made["panels"][0]["lines"][0]["minutes"]) == 1440
    assert "超限" in curve_data.summary(found, "pm10")
