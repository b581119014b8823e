"""旅程共用的演示系统真能用：登录不计数，第二次登录用已有的凭据，手机窗口也行。"""

from typing import Any

from tests.flows.demo_site import DemoSite, alive, opened, visitor
from tests.flows.journey import Journey


def test_every_demo_role_can_be_opened_and_its_sign_in_is_kept(chromium: Any, demo_site: DemoSite) -> None:
    assert alive(demo_site)
    for phone in (False, True):
        with opened(chromium, demo_site, "county", phone=phone) as page:
            assert "/signin" not in page.url
            with Journey(page, "开始", limit=0, seconds=5, touch=phone) as trip:
                trip.see("工作台")
            assert trip.clicks == 0
    assert set(demo_site.states) >= {"county"}


def test_a_visitor_has_no_identity(chromium: Any, demo_site: DemoSite) -> None:
    with visitor(chromium, demo_site, "/projects/") as page:
        assert "/signin" in page.url
