"""旅程 A18、A19、C7、C22：只读账号、离任移交、扫码开户、切换身份。"""

import time
import uuid
from typing import Any

from tests.flows.demo_site import PHONE, DemoSite, opened
from tests.flows.journey import Journey

PASSWORD = "Fenhe-2026-xiaodian"


def new_phone() -> str:
    """A number that nobody has and no other run has used."""
    return f"198{uuid.uuid4().int % 10**8:08d}"


def new_name() -> str:
    """A name of its own, so that runs do not meet."""
    return "安" + "".join(chr(0x4E00 + byte) for byte in uuid.uuid4().bytes[:2])


def link_of(page: Any) -> str:
    """The address in the QR code, as the slip shows it for sending."""
    return str(page.get_by_label("链接，发给本人即可").input_value())


def activate(browser: Any, link: str, phone: str) -> float:
    """The person's own phone: telephone, password twice, one tap; seconds it took."""
    window = browser.new_context(**PHONE)
    try:
        page = window.new_page()
        begun = time.monotonic()
        page.goto(link)
        page.get_by_label("手机号").fill(phone)
        page.get_by_label("设置密码").fill(PASSWORD)
        page.get_by_label("再填一次密码").fill(PASSWORD)
        page.get_by_role("button", name="激活并进入").tap()
        page.wait_for_url(lambda address: "/activate" not in address)
        return time.monotonic() - begun
    finally:
        window.close()


def test_a18_a_reader_of_one_city_for_thirty_days(chromium: Any, demo_site: DemoSite) -> None:
    name = new_name()
    with opened(chromium, demo_site, "province") as page, Journey(page, "A18", limit=6, seconds=30) as trip:
        trip.click("link", "单位与人员", within=("navigation", "主菜单"))
        trip.click("link", "新建只读账号")
        trip.fill("姓名", name)
        trip.fill("手机号", new_phone())
        trip.choose("只看", "太原市")
        trip.click("button", "开通，出激活单")
        trip.see(name)
        trip.see("只能用一次")


def test_c7_a_site_account_by_code_and_a19_its_end(chromium: Any, demo_site: DemoSite) -> None:
    name, phone = new_name(), new_phone()
    with opened(chromium, demo_site, "enterprise") as page:
        with Journey(page, "C7", limit=6, seconds=30) as trip:
            trip.click("link", "单位与人员", within=("navigation", "主菜单"))
            trip.click("link", "新建账号")
            trip.fill("姓名", name)
            trip.fill("手机号", phone)
            trip.choose("项目", "龙城里人才公寓")
            trip.click("button", "开通，出激活单")
            trip.see("账号已开通")
        assert activate(chromium, link_of(page), phone) < 30
        with Journey(page, "A19", limit=3, seconds=30) as trip:
            trip.click("link", "单位与人员", within=("navigation", "主菜单"))
            trip.click("link", f"离任移交 {name}")
            trip.click("button", "终止身份并移交")
            trip.see(f"{name}的 1 个身份已终止")


def test_c22_another_identity_without_signing_in_again(chromium: Any, demo_site: DemoSite) -> None:
    with (
        opened(chromium, demo_site, "three", fresh=True) as page,
        Journey(page, "C22", limit=2, seconds=10) as trip,
    ):
        trip.click("summary", "李三槐")
        trip.click("button", "项目 · 汾东学府苑二期")
        trip.see("汾东学府苑二期 · 项目")
