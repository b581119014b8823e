"""旅程 A8、A9、B24：地图拖动、企业全景、任何编号直达。"""

import time
from typing import Any

from tests.flows.demo_site import DemoSite, opened
from tests.flows.journey import Journey

FIELD = "搜索项目、企业、设备编号"


def drawn(page: Any, before: int) -> float:
    """Seconds until the map has drawn a window later than `before`."""
    begun = time.perf_counter()
    page.wait_for_function(
        "before => Number(document.getElementById('map').dataset.drawn ?? 0) > before",
        arg=before,
        timeout=5000,
    )
    return time.perf_counter() - begun


def times(page: Any) -> int:
    """How often the map has been drawn anew."""
    return int(page.evaluate("() => Number(document.getElementById('map').dataset.drawn ?? 0)"))


def test_a8_the_map_follows_the_hand_within_a_second(chromium: Any, demo_site: DemoSite) -> None:
    """拖动和缩放之后一秒内换成新窗口的点；点数与旁边的清单相同。"""
    with opened(chromium, demo_site, "province") as page, Journey(page, "A8", limit=4, seconds=20) as trip:
        trip.click("link", "项目清单", within=("navigation", "主菜单"))
        trip.click("link", "地图")
        trip.see("审图号")
        before = times(page)
        trip.click("button", "放大")
        assert drawn(page, before) < 1
        middle = page.locator("#map").bounding_box()
        before = times(page)
        page.mouse.move(middle["x"] + 200, middle["y"] + 200)
        page.mouse.down()
        page.mouse.move(middle["x"] + 260, middle["y"] + 240, steps=6)
        page.mouse.up()
        assert drawn(page, before) < 1
        total = page.locator("[data-map-total] b").inner_text()
        assert f"{total} 个项目在图内" in page.locator("#map-beside").inner_text().replace("\n", " ")


def test_a9_three_characters_of_a_name_open_the_enterprise(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "province") as page, Journey(page, "A9", limit=2, seconds=6) as trip:
        begun = time.perf_counter()
        trip.fill(FIELD, "晋禾筑")
        trip.press("Enter")
        trip.see("晋禾筑城建设有限公司", within=("main", ""))
        assert time.perf_counter() - begun < 2
        trip.see("项目入库率")
        trip.see("信用与评优")


def test_a9_three_characters_of_a_code_list_the_enterprises(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "province") as page, Journey(page, "A9", limit=2, seconds=6) as trip:
        trip.press("/")
        trip.fill(FIELD, "911")
        trip.press("Enter")
        trip.see("统一社会信用代码")


def test_b24_any_number_opens_its_page(chromium: Any, demo_site: DemoSite) -> None:
    """项目编号开项目页，设备编号的一段开设备页，都在两秒内。"""
    for word, wanted in (
        ("SX1401050001YC01", "东门出入口"),
        ("14010520260001", "三路数据：还差什么，谁来补"),
    ):
        with opened(chromium, demo_site, "county") as page, Journey(page, "B24", limit=1, seconds=6) as trip:
            begun = time.perf_counter()
            trip.fill(FIELD, word)
            trip.press("Enter")
            trip.see(wanted)
            assert time.perf_counter() - begun < 2
