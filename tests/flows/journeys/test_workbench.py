"""旅程 A1、A2、A6、B1、B8、B16、D5：从工作台出发，点得到、数得清。"""

from typing import Any

from tests.flows.demo_site import DemoSite, opened
from tests.flows.journey import Journey

HEAD = ("region", "主要数字")


def test_a1_the_province_at_one_glance(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "province") as page, Journey(page, "A1", limit=0, seconds=5) as trip:
        trip.glance("项目入库率")
        trip.glance("月回传率")
        trip.glance("已入库")
        trip.glance("平台故障")


def test_a2_from_the_province_to_the_missing_hour_and_why(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "province") as page, Journey(page, "A2", limit=5, seconds=20) as trip:
        trip.click("link", "吕梁市", first=True)
        trip.click("link", "离石龙凤苑")
        trip.see("还差什么，谁来补")
        trip.click("link", "原因", first=True)
        trip.see("发生了什么")


def test_a6_the_late_are_supervised_through_their_city(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "province") as page, Journey(page, "A6", limit=3, seconds=15) as trip:
        trip.click("link", "逾期未接入")
        trip.see("柏板片区道路一期")
        trip.click("button", "督办到市")
        trip.see("已留痕")
        trip.see("已读 0/")


def test_b1_what_is_due_stands_first(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "county") as page, Journey(page, "B1", limit=0, seconds=5) as trip:
        trip.glance("要办的事")
        trip.glance("限 3 个工作日")


def test_b8_all_late_firms_are_urged_at_once(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "city") as page, Journey(page, "B8", limit=3, seconds=15) as trip:
        trip.click("link", "逾期未接入")
        trip.click("button", "催办总包")
        trip.see("送达")
        trip.see("已读 0/")


def test_b16_the_own_city_among_cities_and_the_largest_gaps(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "city") as page, Journey(page, "B16", limit=2, seconds=15) as trip:
        trip.see("十一市排名")
        trip.see("第 ", within=("region", "本市位置"))
        trip.see("柏板片区道路一期")


def test_d5_why_it_is_not_a_hundred_on_the_phone(chromium: Any, demo_site: DemoSite) -> None:
    with (
        opened(chromium, demo_site, "site", phone=True) as page,
        Journey(page, "D5", limit=2, seconds=15, touch=True) as trip,
    ):
        trip.see("本项目，只计已接入的路")
        trip.click("link", "看原因", first=True)
        trip.see("发生了什么")
