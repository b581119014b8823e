"""折线的几何：断点、刻度、要求线的位置精确，不从零起时刻度说明从哪里起。"""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.maps import base_map
from gongdi.pages import sparkline, trend

FIRST = date(2026, 5, 1)
SHARES = st.lists(st.none() | st.floats(0, 1), min_size=2, max_size=31)


def points(*shares: float | None) -> list[tuple[date, float | None]]:
    """Consecutive days."""
    return [(FIRST + timedelta(days=n), share) for n, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([0, 1], "M0.0 32.0L84.0 2.0"),
        ([0, 0.5, 1], "M0.0 32.0L42.0 17.0L84.0 2.0"),
        ([1, None, 0], "M0.0 2.0M84.0 32.0"),
        ([3, 3, 3], "M0.0 17.0L42.0 17.0L84.0 17.0"),
        ([None, 1, 0], "M42.0 2.0L84.0 32.0"),
        ([1], ""),
        ([None, 1, None], ""),
    ],
)
def test_the_little_line_exactly(values: list[float | None], path: str) -> None:
    assert sparkline.path(values) == path


def test_the_trend_exactly() -> None:
    drawn = trend.draw(points(1.0, 0.5, None, 1.0))
    assert drawn is not None
    assert drawn.path == "M44 22L126 235.8M290 22"
    assert drawn.top == 22
    assert drawn.last == (290.0, 22.0)
    assert drawn.days == ((44.0, "05-01"),)
    assert drawn.grid == ((364.0, "20%"), (278.5, "40%"), (193.0, "60%"), (107.5, "80%"), (22.0, "100%"))


@pytest.mark.parametrize(
    ("lowest", "foot"),
    [
        (1.0, "98%"), (0.99, "98%"), (0.975, "96%"), (0.95, "92%"), (0.85, "80%"), (0.7, "60%"), (0.3, "20%"),
        (0.25, "0%"), (0.0, "0%"),
    ],
)  # fmt: skip
def test_the_axis_says_where_it_begins(lowest: float, foot: str) -> None:
    drawn = trend.draw(points(1.0, lowest))
    assert drawn is not None
    assert drawn.grid[0] == (364.0, foot)
    assert drawn.grid[-1] == (22.0, "100%")


def test_every_seventh_day_is_named() -> None:
    drawn = trend.draw(points(*[1.0] * 30))
    assert drawn is not None
    assert [text for _, text in drawn.days] == ["05-01", "05-08", "05-15", "05-22", "05-29"]
    assert drawn.days[1][0] == pytest.approx(44 + 7 * 246 / 29, abs=0.05)


@pytest.mark.parametrize("shares", [[], [1.0], [None, None], [None]])
def test_nothing_to_draw_is_no_picture(shares: list[float | None]) -> None:
    assert trend.draw(points(*shares)) is None


@given(SHARES)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_every_known_day_is_drawn_once_inside_the_frame(shares: list[float | None]) -> None:
    drawn = trend.draw(points(*shares))
    known = [share for share in shares if share is not None]
    if drawn is None:
        assert not known
        return
    places = [pair.split(" ") for pair in drawn.path.replace("M", "|").replace("L", "|").split("|")[1:]]
    assert len(places) == len(known)
    for x, y in places:
        assert 44 <= float(x) <= 290
        assert 22 <= float(y) <= 364
    ys = [float(y) for _, y in places]
    order = sorted(range(len(known)), key=lambda n: known[n])
    assert all(ys[a] >= ys[b] for a, b in pairwise(order)), "高的在上"


def test_the_map_knows_every_city_and_puts_a_point_into_its_area() -> None:
    cities = base_map.areas("14")
    assert {area.code for area in cities} == {f"14{n:02d}00" for n in range(1, 12)}
    for area in cities:
        counties = base_map.areas(area.code[:4])
        assert counties, area.name
        assert all(county.code.startswith(area.code[:4]) for county in counties)
        west, north, east, south = area.box
        assert west <= area.x <= east
        assert north <= area.y <= south
        assert area.d.startswith("M")


def test_north_is_up_and_east_is_right() -> None:
    datong, yuncheng = base_map.project(113.3, 40.08), base_map.project(111.0, 35.02)
    assert datong.y < yuncheng.y
    assert datong.x > yuncheng.x


def test_the_frame_holds_all_areas_with_a_margin() -> None:
    areas = base_map.areas("1401")
    x, y, width, height = base_map.view_box(areas)
    for area in areas:
        west, north, east, south = area.box
        assert x + 8 <= west
        assert y + 8 <= north
        assert east <= x + width - 8 + 0.001
        assert south <= y + height - 8 + 0.001
    assert base_map.view_box(()) == (0, 0, 620, 900)


def test_a_county_without_an_outline_is_an_empty_map_and_no_error() -> None:
    assert base_map.areas("149999") == ()


def test_the_map_carries_its_approval_number() -> None:
    assert "GS" in base_map.approval() or "审" in base_map.approval()
