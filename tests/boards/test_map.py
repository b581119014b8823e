"""地图：归堆的点与旁边的清单同数，窗口由服务器归堆，范围以外的项目不在图上。"""

import json
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from gongdi.boards.map.views import window_of
from gongdi.maps import base_map, clusters, drawing
from gongdi.maps.clusters import SINGLE, Box
from gongdi.projects.models import Project
from gongdi.returns.models import ProjectMonth
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.builders import NOW, TODAY, make_authority, make_project, make_user

PROVINCE = Box(110, 34, 115, 41)
TAIYUAN = "112,37.4,113,38.2"


@pytest.fixture
def sites(db: None) -> list[Project]:
    """Ninety placed projects of two counties of Taiyuan, every third full, every third half."""
    cache.clear()
    like = make_project("140105")
    made = Project.objects.bulk_create(
        Project(
            number=f"MAP{n:04d}", name=f"图上 {n:04d}", kind_id="HOUSE", division_id="140106" if n % 4 == 0 else "140105", contractor=like.contractor,
            safety_code="140106" if n % 4 == 0 else "140105", started_on=TODAY, access_deadline=TODAY, connected_on=TODAY, created_at=NOW,
            lng=112.5 + n % 10 / 50, lat=37.7 + n // 10 / 50,
        )
        for n in range(90)
    )  # fmt: skip
    ProjectMonth.objects.bulk_create(
        ProjectMonth(month=TODAY.replace(day=1), project_id=one.pk, counted=2, credit_units=int(Fraction(2 - n % 3 % 2) * CREDIT_UNIT), on_time_units=0, updated_at=NOW)
        for n, one in enumerate(made)
        if n % 3 < 2
    )  # fmt: skip
    return made


@pytest.fixture
def city(sites: list[Project]) -> Client:
    client = Client()
    client.force_login(make_user("city", make_authority("140100")))
    return client


def test_clusters_and_list_hold_the_same_projects(sites: list[Project]) -> None:
    shown = clusters.show(Project.objects.filter(number__startswith="MAP"), PROVINCE, TODAY)
    assert shown.total == 90
    assert sum(one.total for one in shown.clusters) == 90
    assert [sum(column) for column in zip(*(one.levels for one in shown.clusters), strict=True)] == [
        30,
        30,
        0,
        30,
    ]
    assert [sum(column) for column in zip(*(one.levels for one in shown.places), strict=True)] == [
        30,
        30,
        0,
        30,
    ]
    assert all(one.total == sum(one.levels) for one in shown.clusters)
    assert all(one.total == sum(one.levels) for one in shown.places)


def test_few_projects_stand_alone_with_their_rate(sites: list[Project]) -> None:
    few = Project.objects.filter(number__lt="MAP0006", number__startswith="MAP")
    shown = clusters.show(few, PROVINCE, TODAY)
    assert shown.clusters == ()
    assert {(point.kind, point.percent) for point in shown.points} == {
        ("ok", "100.00"),
        ("bad", "50.00"),
        ("none", ""),
    }
    assert len(shown.points) == shown.total == 6 <= SINGLE


def test_a_project_without_a_place_is_not_on_the_map(sites: list[Project]) -> None:
    Project.objects.filter(number="MAP0003").update(lng=None, lat=None)
    assert clusters.show(Project.objects.filter(number__startswith="MAP"), PROVINCE, TODAY).total == 89


@given(st.floats(110, 114), st.floats(34, 40), st.floats(0.01, 4), st.floats(0.01, 4))
def test_a_snapped_window_holds_the_window(west: float, south: float, width: float, height: float) -> None:
    box = Box(west, south, west + width, south + height)
    wide = box.snapped()
    assert wide.west <= box.west < box.east <= wide.east + 1e-9
    assert wide.south <= box.south < box.north <= wide.north + 1e-9
    assert wide.east - wide.west <= width + 2 * box.step + 1e-9


def test_cells_stay_while_the_window_moves() -> None:
    """挪动不到一格，取的还是同一个窗口，缓存也用得上。"""
    box, moved = Box(112.021, 37.021, 113.021, 38.021), Box(112.03, 37.03, 113.03, 38.03)
    assert box.step == moved.step
    assert box.snapped() == moved.snapped()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "a,b,c,d",
        "113,37,112,38",
        "0,0,180,90",
        "nan,nan,nan,nan",
        "112,37,inf,38",
        "-112,37,113,38",
    ],
)
def test_an_odd_window_counts_as_not_given(text: str) -> None:
    assert window_of(QueryDict(f"bbox={text}")) is None


def test_the_answer_holds_pieces_with_the_same_total(city: Client) -> None:
    answer = json.loads(city.get(f"/map/points.json?bbox={TAIYUAN}").content)
    assert answer["total"] == 90
    assert "90" in answer["beside"]
    assert answer["marks"].count("<a ") > 1
    narrowed = json.loads(city.get(f"/map/points.json?bbox={TAIYUAN}&rate=full").content)
    assert narrowed["total"] == 30


def test_the_map_works_without_scripts(city: Client) -> None:
    """每一堆都是一个链接，点了就是放大的同一页；旁边的清单链接到项目清单。"""
    body = city.get("/map").content.decode()
    assert 'href="?bbox=' in body
    assert "审图号" in body
    assert "/projects/?division=140105" in body


def test_only_what_the_scope_sees_is_on_the_map(sites: list[Project]) -> None:
    client = Client()
    client.force_login(make_user("county", make_authority("140106")))
    answer = json.loads(client.get(f"/map/points.json?bbox={TAIYUAN}").content)
    assert answer["total"] == sum(one.safety_code == "140106" for one in sites)
    other = Client()
    other.force_login(make_user("county", make_authority("140105")))
    assert json.loads(other.get(f"/map/points.json?bbox={TAIYUAN}").content)["total"] == 90 - answer["total"]


def test_the_questions_do_not_grow_with_the_projects(city: Client) -> None:
    def asked(box: str) -> int:
        with CaptureQueriesContext(connection) as made:
            city.get(f"/map/points.json?bbox={box}")
        return len(made)

    asked("112,37,113,38")
    few = asked("112.1,37.4,113,38.2")
    like = Project.objects.get(number="MAP0001")
    Project.objects.bulk_create(
        Project(number=f"更多{n}", name=f"更多{n}", kind_id="HOUSE", division_id="140105", safety_code="140105", contractor=like.contractor, started_on=TODAY, access_deadline=TODAY, created_at=NOW, lng=112.5 + n % 30 / 100, lat=37.6 + n % 40 / 100)
        for n in range(400)
    )  # fmt: skip
    cache.clear()
    asked("112,37,113,38")
    assert asked("112.1,37.4,113,38.2") <= few


@given(st.tuples(*[st.integers(0, 500)] * 4).filter(any))
def test_the_ring_is_whole(levels: tuple[int, int, int, int]) -> None:
    parts = drawing.arcs(levels)
    assert sum(part.length for part in parts) == pytest.approx(100, abs=0.05)
    assert len(parts) == sum(n > 0 for n in levels)


def test_a_place_and_its_point_of_the_picture_agree() -> None:
    at = base_map.project(112.55, 37.87)
    assert base_map.position(at.x, at.y) == pytest.approx((112.55, 37.87), abs=1e-3)


def test_counties_of_a_window_touch_it() -> None:
    at = base_map.project(112.55, 37.75)
    names = {area.name for area in base_map.visible_counties((at.x - 1, at.y - 1, at.x + 1, at.y + 1))}
    assert "小店区" in names
    assert len(names) < 12


def test_a_pixel_is_as_large_as_the_tighter_side_says() -> None:
    """竖长的窗口由高度决定，横长的由宽度决定，点才不会忽大忽小。"""
    tall, flat = Box(112, 35, 112.5, 40), Box(110, 37, 114, 37.5)
    assert drawing.unit_of(tall, 720) == drawing.unit_of(tall, 300)
    assert drawing.unit_of(flat, 720) < drawing.unit_of(flat, 300)


def test_a_wide_window_names_the_cities_and_a_narrow_one_the_counties(city: Client) -> None:
    wide = json.loads(city.get("/map/points.json?bbox=110,34,115,41").content)["marks"]
    narrow = json.loads(city.get(f"/map/points.json?bbox={TAIYUAN}").content)["marks"]
    assert ">大同</text>" in wide
    assert ">小店区</text>" not in wide
    assert ">小店区</text>" in narrow
