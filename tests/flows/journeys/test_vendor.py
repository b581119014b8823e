"""旅程 F1、F2、F7、D18：接入台的第一包、包错了说清、免登录查报文、扫码看设备与报修。"""

import re
import socket
import time
from contextlib import closing
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.flows.demo_site import DemoSite, opened, visitor
from tests.flows.journey import Journey

SHANGHAI = ZoneInfo("Asia/Shanghai")


def annex_a(data: bytes) -> int:
    """Annex A of HJ 212, written out for the test: not the product's own function."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def plain_modbus(data: bytes) -> int:
    """CRC-16/MODBUS, the mistake of many devices, written out too."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def body(mn: str, password: str) -> bytes:
    now = datetime.now(SHANGHAI)
    return (
        f"QN={now:%Y%m%d%H%M%S}123;ST=39;CN=2051;PW={password};MN={mn};Flag=5;CP=&&DataTime={now:%Y%m%d%H%M}00;"
        "a34002-Avg=132.0,a34002-Flag=N;a34004-Avg=58.4,a34004-Flag=N;a34001-Avg=181.5,a34001-Flag=N;"
        "Leq-Data=61.7,Leq-Flag=N;a01001-Avg=8.9,a01001-Flag=N;a01002-Avg=37.5,a01002-Flag=N;"
        "a01006-Avg=93.10,a01006-Flag=N;a01007-Avg=1.8,a01007-Flag=N;a01008-Avg=292,a01008-Flag=N&&"
    ).encode()


def frame(data: bytes, check: int) -> bytes:
    return b"##%04d%b%04X\r\n" % (len(data), data, check)


def new_trial(trip: Journey, page: Any) -> tuple[str, str, int]:
    """Register a trial device through the menu; its number, password and the port that the page names."""
    trip.click("link", "接入台", within=("navigation", "主菜单"))
    trip.click("button", "登记，拿密码")
    trip.see("密码只显示这一次")
    mn, password, port = (str(page.locator(f"#v-{key}").inner_text()) for key in ("mn", "pw", "port"))
    time.sleep(1.5)  # the gateways know a device within two seconds
    return mn, password, int(port)


def test_f1_the_first_packet_explained_field_by_field(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "vendor") as page, Journey(page, "F1", limit=2, seconds=180) as trip:
        mn, password, port = new_trial(trip, page)
        trip.see("还没有连接")
        data = body(mn, password)
        with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as device:
            device.sendall(frame(data, annex_a(data)))
            assert b"CN=9014" in device.recv(4096)
            trip.see("这一包合格，若为正式设备将计入 1 个样本")
        for words in ("132.0 µg/m³ 有效", "61.7 dB(A) 有效", "93.10 kPa 有效", "24 位十六进制", "时钟"):
            trip.see(words)
        assert password not in page.locator(".bytes").first.inner_text()


def test_f2_a_wrong_crc_is_explained_within_two_seconds(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "vendor") as page, Journey(page, "F2", limit=2, seconds=60) as trip:
        mn, password, port = new_trial(trip, page)
        data = body(mn, password)
        sent = plain_modbus(data)
        with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as device:
            device.sendall(frame(data, sent))
            started = time.monotonic()
            page.wait_for_selector(".arrived.bad", timeout=10_000)
            took = time.monotonic() - started
        assert took <= 2, f"用了 {took:.2f} 秒"
        at = len(data) + 7
        trip.see(f"第 {at}–{at + 3} 字节")
        trip.see(re.compile(f"^{sent:04X}$"))  # type: ignore[arg-type]
        trip.see(re.compile(f"^{annex_a(data):04X}$"))  # type: ignore[arg-type]
        trip.see(f"MODBUS CRC-16 = {sent:04X}")
        trip.see("crc = (crc >> 8) ^ byte")
        trip.see("按标准不应答 9014，设备会保留并重发")


def test_f7_a_packet_checked_without_sign_in(chromium: Any, demo_site: DemoSite) -> None:
    data = body("A14014000000000000000426", "Tk83pz")
    with (
        visitor(chromium, demo_site, "/check", phone=True) as page,
        Journey(page, "F7", limit=1, seconds=10, touch=True) as trip,
    ):
        trip.fill("HJ 212 报文", frame(data, annex_a(data)).decode())
        started = time.monotonic()
        trip.click("button", "检查")
        trip.see("可以用，没有要改的")
        assert time.monotonic() - started <= 1.5
        trip.see("格式 6/6 项通过，数值 9/9 个正常")


def test_d18_a_scanned_code_tells_and_takes_a_report(chromium: Any, demo_site: DemoSite) -> None:
    with opened(chromium, demo_site, "site", phone=True) as page:
        page.goto(f"{demo_site.base}/equipment/")
        page.locator("tbody td a").first.click()
        label = page.get_by_role("link", name="手机页").get_attribute("href")
        page.goto(demo_site.base + str(label))
        if page.get_by_role("button", name="已修好").count():
            page.get_by_role("button", name="已修好").click()
        with Journey(page, "D18", limit=2, seconds=20, touch=True) as trip:
            for words in ("听到", "有效", "可信", "上一条数据"):
                trip.see(words)
            trip.click("button", "不上传")
            trip.see("已报修：不上传")
            trip.click("button", "已修好")
            trip.see("点现象就报出")
