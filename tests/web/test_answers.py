"""每个应答：安全头、怪地址、错误页、查询次数。"""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongdi.projects.models import Project, ProjectKind
from tests.web import samples
from tests.web.world import World

Sign = Callable[[str], Client]


@pytest.mark.parametrize("path", ["/", "/signin", "/status", "/healthz", "/nothing-here"])
def test_every_answer_carries_a_strict_policy(world: World, signed_in: Sign, path: str) -> None:
    headers = signed_in("county").get(path, follow=True).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Trace"]


ODD = (
    "?q=%00", "?q=%ff%fe", "?page=-1", "?page=99999999999999999999", "?page=٣", "?sort=drop", "?division=%27%3B--", "?kind=💥",
    "?q=" + "长" * 500, "?access=x&access=y", "?page=1e9", "?q=%25%5C_%27", "?page=%F0%9F%92%A5",
)  # fmt: skip


@pytest.mark.parametrize("query", ODD)
@pytest.mark.parametrize("path", ["/projects/", "/devices/"])
def test_odd_queries_never_break_a_list(world: World, signed_in: Sign, path: str, query: str) -> None:
    assert signed_in("county").get(path + query).status_code in (200, 400)


@pytest.mark.parametrize(
    "query", ["?factor=%00", "?factor=x", "?frame=99", "?frame=-1", "?frame=²", "?factor=noise", "?frame=1"]
)
def test_odd_queries_never_break_the_device_page(world: World, signed_in: Sign, query: str) -> None:
    assert signed_in("county").get(f"/devices/{world.devices[0].ref}/{query}").status_code in (200, 400)


@pytest.mark.parametrize(
    "hour", ["2026-11-17/24", "2026-13-01/3", "x/3", "9999-12-31/3", "0001-01-01/0", "%00/3"]
)
def test_hours_that_do_not_exist(world: World, signed_in: Sign, hour: str) -> None:
    answer = signed_in("county").get(f"/devices/{world.devices[0].ref}/hours/{hour}")
    assert answer.status_code in (400, 404)


def test_error_pages_speak_chinese_and_carry_a_number(world: World, signed_in: Sign) -> None:
    missing = signed_in("county").get("/nothing-here")
    assert missing.status_code == 404
    assert "没有找到" in missing.content.decode()
    assert missing.headers["X-Trace"] in missing.content.decode()
    refused = Client(enforce_csrf_checks=True).post("/signin", {"username": "a", "password": "b"})
    assert refused.status_code == 403
    assert "没有权限" in refused.content.decode()


def test_a_broken_page_tells_its_number(
    world: World, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongdi.boards.projects import listing as projects

    def broken(*words: object) -> None:
        raise RuntimeError("坏了")

    monkeypatch.setattr(projects, "page", broken)
    client = signed_in("county")
    client.raise_request_exception = False
    answer = client.get("/projects/")
    assert answer.status_code == 500
    assert answer.headers["X-Trace"] in answer.content.decode()
    assert "坏了" not in answer.content.decode()


def count(client: Client, path: str) -> int:
    """Number of queries of one page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_rows(world: World, signed_in: Sign) -> None:
    client = signed_in("county")
    paths = ("/", "/projects/", "/devices/")
    before = [count(client, path) for path in paths]
    kind = ProjectKind.objects.get(pk=world.projects[0].kind_id)
    for n in range(15):
        Project.objects.create(
            number=f"多-{n}", name=f"多出的项目 {n}", kind=kind, division_id="140105", contractor=world.projects[0].contractor,
            started_on=date(2026, 5, 1), access_deadline=date(2026, 6, 1), created_at=samples.NOW,
        )  # fmt: skip
    assert [count(client, path) for path in paths] == before
    assert before[0] <= 36, "县级工作台：要办的事、报警、位置、不打扰的工地各自去查"
    assert max(before[1:]) <= 20


def test_the_device_page_keeps_a_fixed_number_of_queries(world: World, signed_in: Sign) -> None:
    assert count(signed_in("county"), f"/devices/{world.devices[0].ref}/") <= 12


def test_filters_live_in_the_address(world: World, signed_in: Sign) -> None:
    client = signed_in("province")
    page = client.get("/projects/?q=样本安置房 3 号").content.decode()
    assert "样本安置房 3 号楼" in page
    assert "样本安置房 4 号楼" not in page
    assert "没有符合筛选的项目" in client.get("/projects/?q=不存在的名字").content.decode()
    assert "样本安置房 10 号楼" in client.get("/projects/?division=140212").content.decode()
    assert "逾期" in client.get("/projects/?access=overdue").content.decode()
