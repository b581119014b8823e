"""设备页的每个数都打得开：链接到的清单与数一致，怪参数不出错。"""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.world import World

Sign = Callable[[str], Client]
LISTS = ("frames", "quarantine", "conflicts", "connections", "hours/", "month")
ODD = (
    "frames?day=2026-13-01", "frames?day=9999-12-31", "frames?day=2026-11-22&before=99999999999999999999", "frames?cn=1", "frames?open=x",
    "hours/?state=x", "hours/?state=missing&page=-1", "month?month=2026-13", "month?month=1900-01", "month?show=x", "month?month=2099-01",
    "quarantine?reason=%00", "quarantine?page=99999", "connections?page=²", "conflicts?page=99999", "conflicts?open=%ff",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_and_says_where_it_is(world: World, signed_in: Sign, name: str) -> None:
    page = signed_in("county").get(f"/devices/{world.devices[0].ref}/{name}")
    assert page.status_code == 200
    text = page.content.decode()
    assert text.count('aria-current="page"') >= 2
    assert world.devices[0].name in text


@pytest.mark.parametrize("query", ODD)
def test_odd_queries_never_break_a_list(world: World, signed_in: Sign, query: str) -> None:
    assert signed_in("county").get(f"/devices/{world.devices[0].ref}/{query}").status_code in (200, 400, 404)


@pytest.mark.parametrize("path", ["/alarms", "/quarantine"])
@pytest.mark.parametrize(
    "query", ["", "?kind=x&state=y&days=9", "?page=-1", "?q=%00", "?days=30&state=listed", "?reason=x"]
)
def test_lists_of_a_scope(world: World, signed_in: Sign, path: str, query: str) -> None:
    assert signed_in("county").get(path + query).status_code in (200, 400)


def test_the_device_page_links_its_figures(world: World, signed_in: Sign) -> None:
    base = f"/devices/{world.devices[0].ref}/"
    page = signed_in("county").get(base).content.decode()
    for link in ("hours/?state=missing", "hours/?state=on_time", "month?show=on_time", "month?show=valid", "month?show=not_counted", "frames", "quarantine?reason=wrong_crc", "connections"):  # fmt: skip
        assert f'href="{base}{link}"' in page, link
    assert "缺 300 个样本" in page.replace("缺传", "缺")
    assert "锁定" in page


def test_the_hours_of_a_state_are_as_many_as_the_legend_says(world: World, signed_in: Sign) -> None:
    page = signed_in("county").get(f"/devices/{world.devices[0].ref}/hours/?state=missing").content.decode()
    assert page.count("解释<svg") == 8
    assert "8 个小时" in page


def test_raw_frames_stay_closed_to_those_who_may_not_read_them(world: World, signed_in: Sign) -> None:
    client, base = signed_in("urban"), f"/devices/{world.devices[0].ref}/"
    assert client.get(base + "connections").status_code == 200
    assert [client.get(base + name).status_code for name in ("frames", "quarantine", "conflicts")] == [
        404
    ] * 3
    assert "/frames" not in client.get(base).content.decode()
    assert client.get("/quarantine").status_code == 404
