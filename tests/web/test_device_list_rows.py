"""设备清单与项目页的真实读数：有声无声、最近一次、没收到过，各写各的；搜索、筛选、翻页。"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from gongdi.equipment.models import Device
from gongdi.equipment.services import assign_device
from gongdi.kernel import clock
from gongdi.orgs.queries import installation_scope
from gongdi.projects.models import Project
from gongdi.returns.models import AccessFact, ProjectDay, ProjectMonth
from gongdi.telemetry.rules.hours import CREDIT_UNIT
from tests.builders import make_authority, make_device, make_project, make_user
from tests.telemetry.building import Store, at
from tests.telemetry.conftest import store

__all__ = ["store"]
NOW = at("2026-05-20 10:00:30")
SINCE = at("2026-05-01 00:00")
ROW = re.compile(r'<small class="mono">([^<]+)</small>')
Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def _fixed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def site(store: Store) -> Project:
    return make_project("140105")


@pytest.fixture
def browser(store: Store) -> Browser:
    """A browser signed in as a body of a division."""

    def sign_in(division: str, kind: str = "HOUSING") -> Client:
        level = "province" if division == "140000" else "county"
        role = "urban" if kind == "URBAN" else level
        client = Client()
        client.force_login(make_user(role, make_authority(division, kind=kind)))
        return client

    return sign_in


def heard(store: Store, device: Device, at_: datetime, **more: Any) -> None:
    """The last facts of a device as the gateway writes them."""
    store.run(
        "INSERT INTO device_last (device_id, heard_at, data_ts, valid_ts, skew_s) VALUES (%s, %s, %s, %s, %s)",
        [device.gateway_device_id, at_, more.get("data"), more.get("valid"), more.get("skew")],
    )


def listed(client: Client, query: str = "") -> list[str]:
    """Numbers of the listed devices in order."""
    answer = client.get("/devices/" + query)
    assert answer.status_code == 200
    return ROW.findall(answer.content.decode())


def test_heard_and_silent_part_at_ten_minutes(store: Store, site: Project, browser: Browser) -> None:
    times = {
        "MN-A": timedelta(seconds=5),
        "MN-B": timedelta(minutes=10),
        "MN-C": timedelta(minutes=10, seconds=1),
    }
    for mn, ago in times.items():
        heard(store, make_device(site, mn=mn, now=SINCE), NOW - ago)
    make_device(site, mn="MN-D", now=SINCE)
    client = browser("140105")
    assert listed(client) == ["MN-A", "MN-B", "MN-C", "MN-D"]
    assert listed(client, "?state=heard") == ["MN-A", "MN-B"]
    assert listed(client, "?state=silent") == ["MN-C", "MN-D"]
    assert listed(client, "?state=other") == ["MN-A", "MN-B", "MN-C", "MN-D"]
    body = client.get("/devices/").content.decode()
    assert body.count(">有声<") == 2 + 1, "两台和筛选"
    assert body.count(">无声<") == 1 + 1
    assert "还没有收到过" in body
    context = client.get("/").context
    kpi = next(one for one in context["kpis"] if "扬尘设备" in one.label)
    assert (kpi.value, kpi.unit) == ("2", "/ 4 台"), "工作台与清单同一个数"


def test_readings_and_their_times_stand_beside_each_other(
    store: Store, site: Project, browser: Browser
) -> None:
    device = make_device(site, mn="MN-A", now=SINCE)
    minute = at("2026-05-20 09:59")
    store.run("SELECT obs_minute_ensure(%s, %s)", [minute.date(), minute.date()])
    store.run(
        "INSERT INTO obs_minute (ts, recv_at, marks, device_id, interval_min, source, pm10_avg, pm25_avg, noise_avg)"
        " VALUES (%s, %s, %s, %s, 1, 0, 168.44, 74.1, 63.25)",
        [minute, NOW, 0x111111111, device.gateway_device_id],
    )
    heard(store, device, NOW - timedelta(seconds=8), data=minute, valid=minute, skew=-3.25)
    body = browser("140105").get("/devices/").content.decode()
    for word in ("168.4", "74.1", "−3.2", "05-20 09:59", "10:00:22"):
        assert word in body, word


def test_a_device_without_readings_shows_dashes_and_no_noughts(
    store: Store, site: Project, browser: Browser
) -> None:
    make_device(site, mn="MN-A", now=SINCE)
    body = browser("140105").get("/devices/").content.decode()
    assert body.count("—") >= 4
    assert ">0.0<" not in body


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=MN-A1", ["MN-A1"]),
        ("?q=mn-a", ["MN-A1", "MN-A2"]),
        ("?q=2", ["MN-A2"]),
        ("?q=学校", ["MN-B_1"]),
        ("?q=_", ["MN-B_1"]),
        ("?q=%25", []),
        ("?q=扬尘-02", ["MN-A2"]),
        ("?q=FOREIGN", []),
        ("?q=外县", []),
        ("?q=MN-A&state=heard", []),
    ],
)
def test_search_over_numbers_names_and_projects(
    store: Store, site: Project, browser: Browser, query: str, found: list[str]
) -> None:
    school, foreign = make_project("140105"), make_project("140106")
    for project, name in ((site, "安置房"), (school, "学校"), (foreign, "外县工地")):
        Project.objects.filter(pk=project.pk).update(name=name)
    for project, mn in ((site, "MN-A1"), (site, "MN-A2"), (school, "MN-B_1"), (foreign, "FOREIGN")):
        make_device(project, mn=mn, now=SINCE)
    assert listed(browser("140105"), query) == found


def test_pages_keep_the_search(store: Store, site: Project, browser: Browser) -> None:
    for n in range(25):
        make_device(site, mn=f"MN-{n:02d}", now=SINCE)
    client = browser("140105")
    first, second = listed(client, "?q=MN"), listed(client, "?q=MN&page=2")
    assert (len(first), len(second)) == (20, 5)
    assert sorted(first + second) == [f"MN-{n:02d}" for n in range(25)]
    body = client.get("/devices/?q=MN").content.decode()
    assert "共 25 台" in body
    assert "q=MN&amp;page=2" in body


def test_no_device_and_no_match_are_two_sentences(store: Store, browser: Browser) -> None:
    client = browser("140105")
    assert "范围内还没有监测设备" in client.get("/devices/").content.decode()
    assert "没有符合筛选的设备" in client.get("/devices/?q=x").content.decode()
    assert "没有符合筛选的设备" in client.get("/devices/?state=silent").content.decode()


def test_a_device_taken_out_of_service_leaves_the_list_but_not_its_page(
    store: Store, site: Project, browser: Browser
) -> None:
    device = make_device(site, mn="MN-A", now=SINCE)
    Device.objects.filter(pk=device.pk).update(in_service_to=NOW - timedelta(hours=1))
    client = browser("140105")
    assert listed(client) == []
    body = client.get(f"/devices/{device.ref}/").content.decode()
    assert "已停用 05-20 09:00" in body


@pytest.mark.parametrize(
    ("since", "interval", "word"),
    [
        (SINCE, 1, "应传，每分钟 1 个样本"),
        (SINCE, 5, "应传，每 5 分钟 1 个样本"),
        (NOW + timedelta(hours=2), 1, "05-20 12:00 起应传"),
    ],
)
def test_what_is_due_is_said_at_the_head(
    store: Store, site: Project, browser: Browser, since: datetime, interval: int, word: str
) -> None:
    device = make_device(site, interval_min=interval, now=since)
    assert word in browser("140105").get(f"/devices/{device.ref}/").content.decode()


def test_a_device_never_heard_has_an_honest_page(store: Store, site: Project, browser: Browser) -> None:
    """新登记的设备：没有曲线、没有报文、没有隔离，写明怎么接，不写 0。"""
    device = make_device(site, mn="MN-NEW", now=NOW - timedelta(minutes=1))
    body = browser("140105").get(f"/devices/{device.ref}/").content.decode()
    for sentence in (
        "还没有收到过数据",
        "还没有有效样本",
        "尚未评估",
        "还没有测到",
        "近 24 小时没有收到分钟数据",
    ):
        assert sentence in body, sentence
    assert "100.00%" not in body
    assert "请求补传" not in body
    series = browser("140105").get(f"/devices/{device.ref}/series.json").json()
    assert all(set(line["minutes"]) == {None} for panel in series["panels"] for line in panel["lines"])


def test_city_administration_sees_dust_but_no_frames(store: Store, site: Project, browser: Browser) -> None:
    device = make_device(site, mn="MN-A", now=SINCE)
    client = browser("140105", "URBAN")
    assert listed(client) == ["MN-A"]
    body = client.get(f"/devices/{device.ref}/").content.decode()
    assert "原始报文不在您的查看范围" in body
    assert 'id="h-frames"' not in body
    assert client.get("/devices/pending").status_code == 404


def test_a_waiting_device_is_for_the_province_until_it_is_assigned(
    store: Store, site: Project, browser: Browser
) -> None:
    device = make_device(None, mn="MN-WAIT", now=SINCE)
    province, county = browser("140000"), browser("140105")
    assert listed(province) == ["MN-WAIT"]
    assert listed(county) == []
    assert county.get(f"/devices/{device.ref}/").status_code == 404
    page = province.get(f"/devices/{device.ref}/")
    assert page.status_code == 200
    for href in set(re.findall(r'<a\b[^>]*\shref="(/projects/[^"]*)"', page.content.decode())):
        assert province.get(href).status_code == 200, href
    assign_device(device, site.id, by=installation_scope())
    assert listed(county) == ["MN-WAIT"]
    assert county.get(f"/devices/{device.ref}/").status_code == 200


def test_unknown_numbers_are_listed_with_their_origin(store: Store, browser: Browser) -> None:
    store.run(
        "INSERT INTO pending_device (device_no, first_seen, last_seen, n, peer, st)"
        " VALUES ('A140<b>', %s, %s, 1840, '10.3.4.5:41022', '39')",
        [NOW - timedelta(hours=2), NOW],
    )
    client = browser("140000")
    body = client.get("/devices/pending").content.decode()
    for word in ("A140&lt;b&gt;", "10.3.4.5:41022", "1,840", "05-20 10:00:30"):
        assert word in body, word
    todos = client.get("/").context["todos"]
    assert any("1 个未登记的编号正在上报" in todo.title for todo in todos)


def month(project: Project, credit: Fraction, counted: int) -> None:
    """A month counter of May."""
    ProjectMonth.objects.create(
        month=date(2026, 5, 1), project_id=project.id, credit_units=int(credit * CREDIT_UNIT), on_time_units=0,
        counted=counted, updated_at=NOW,
    )  # fmt: skip


def test_a_project_page_says_what_is_known_and_what_is_not(
    store: Store, site: Project, browser: Browser
) -> None:
    body = browser("140105").get(f"/projects/{site.ref}/").content.decode()
    for sentence in ("没有登记监测设备", "未登记监督部门", "尚未定类", "不适用", "未登记"):
        assert sentence in body, sentence
    assert "0.00%" not in body
    assert "100.00%" not in body


def test_a_project_page_stands_on_the_same_numbers_as_the_list(
    store: Store, site: Project, browser: Browser
) -> None:
    month(site, Fraction(499, 24), 21)
    AccessFact.objects.create(
        project_id=site.id, required=2, proven=1, entered_on=date(2026, 5, 2), updated_at=NOW
    )
    client = browser("140105")
    body, row = (
        client.get(f"/projects/{site.ref}/").content.decode(),
        client.get("/projects/").content.decode(),
    )
    for figure in ("20.79/21", "99.00"):
        assert figure in body, figure
        assert figure in row, figure
    assert "1/2 台已证明有效" in body
    assert "入库 2026-05-02" in body


def test_the_days_of_the_dust_tab_are_named_and_gaps_are_not_noughts(
    store: Store, site: Project, browser: Browser
) -> None:
    for on, credit in ((date(2026, 5, 18), Fraction(1)), (date(2026, 5, 19), Fraction(19, 24))):
        ProjectDay.objects.create(
            project_id=site.id, day=on, required=1, counted=1, missing=0, overdue=False, on_time_units=0,
            credit_units=int(credit * CREDIT_UNIT), updated_at=NOW,
        )  # fmt: skip
    body = browser("140105").get(f"/projects/{site.ref}/dust").content.decode()
    table = body.split('aria-label="每日扬尘得分"')[1]
    assert "2026-05-19 周二" in table
    assert "79.16%" in table
    assert table.count("未计") == 28
    assert ">0.00%<" not in table


@pytest.mark.parametrize("tab", ["documents", "video", "assessment", "fees", "orders"])
def test_a_tab_without_data_says_that_it_counts_nothing(
    store: Store, site: Project, browser: Browser, tab: str
) -> None:
    body = browser("140105").get(f"/projects/{site.ref}/{tab}").content.decode()
    assert "尚未接入" in body
    assert "不以 0 代替" in body


@pytest.mark.parametrize("tab", ["no-such-tab", "DUST", "dust-", "x" * 300])
def test_other_tabs_do_not_exist(store: Store, site: Project, browser: Browser, tab: str) -> None:
    assert browser("140105").get(f"/projects/{site.ref}/{tab}").status_code == 404
