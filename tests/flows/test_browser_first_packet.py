"""第一包扬尘：登记一台设备，另一端用普通套接字发报文，两秒内在页面上看到。"""

import base64
import hmac
import json
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.flows.running import GONGDI, System
from tests.web.browser import launched

SHANGHAI = ZoneInfo("Asia/Shanghai")
MN, PASSWORD = "FLOW0000000000000000000001", "a1B2c3"


def crc16(data: bytes) -> int:
    """Annex A of HJ 212, written out for the test: not the product's own function."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def code_now(secret: str) -> str:
    """RFC 6238, written out for the test: what an authenticator shows now."""
    key = base64.b32decode(secret.replace(" ", "").upper() + "=" * (-len(secret.replace(" ", "")) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def packet(pm10: float, minute: datetime) -> bytes:
    """One minute frame of a 2017 device; particulates in the standard's ng/m³."""
    sent = datetime.now(SHANGHAI).strftime("%Y%m%d%H%M%S") + "123"
    body = (
        f"QN={sent};ST=39;CN=2051;PW={PASSWORD};MN={MN};Flag=5;CP=&&DataTime={minute:%Y%m%d%H%M%S};"
        f"a34002-Avg={pm10 * 1000:.0f},a34002-Flag=N;a34004-Avg=40000,a34004-Flag=N;Leq-Avg=61.5,Leq-Flag=N&&"
    ).encode()
    return b"##%04d%s%04X\r\n" % (len(body), body, crc16(body))


def deliver(port: int, frame: bytes) -> bytes:
    """Send over a plain socket and return the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
        sender.sendall(frame)
        sender.settimeout(10)
        return sender.recv(4096)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """An empty system with one administrator."""
    running = System(tmp_path_factory.mktemp("flow"), demo=False)
    running.wait_ready(240)
    yield running
    running.stop()


def administrator(system: System) -> tuple[str, str]:
    """Name and password of the first account, as printed at the first start."""
    words = system.wait_line("account ", 5).split()
    return words[2], words[3]


def test_a_foreign_frame_is_on_the_page_within_two_seconds(
    system: System, need_package: Callable[[str], None]
) -> None:
    need_package("chromium")
    done = subprocess.run(
        [*GONGDI, "device", "add", MN, "--password", PASSWORD, "--data", str(system.data)],
        env=dict(system.environ), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    time.sleep(2)
    base = f"http://127.0.0.1:{system.port}"
    name, password = administrator(system)
    last = datetime.now(SHANGHAI).replace(second=0, microsecond=0) - timedelta(minutes=2)
    with launched() as browser:
        page = browser.new_page()
        enter_first(page, base, name, password)
        page.goto(f"{base}/devices/?q={MN}")
        page.click("td a")
        assert "还没有收到过数据" in page.content()
        with page.expect_response(lambda answer: "/live" in answer.url):
            page.reload()
        time.sleep(0.5)
        assert b"CN=9014" in deliver(system.hj212_port, packet(168.4, last))
        assert _seen(page, "168.4") < 2
        assert b"CN=9014" in deliver(system.hj212_port, packet(199.9, last + timedelta(minutes=1)))
        assert _seen(page, "199.9") < 2
        page.wait_for_selector(".fact-row >> text=最后一包", timeout=5_000)
        page.wait_for_selector(".frames tbody tr", timeout=5_000)


def enter_first(page: Any, base: str, name: str, password: str) -> None:
    """Sign in as the first administrator does: own password, second factor, recovery codes, then the pages."""
    page.goto(base + "/signin")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("form:has(#id_password) .primary")
    page.wait_for_selector("#id_new")
    page.fill("#id_old", password)
    page.fill("#id_new", "Ding-Xiang-2026-shan")
    page.fill("#id_again", "Ding-Xiang-2026-shan")
    page.click("form:has(#id_new) .primary")
    page.wait_for_selector("#secret")
    page.fill("#id_code", code_now(str(page.get_attribute("#secret", "data-text"))))
    page.click("form:has(#id_code) .primary")
    page.wait_for_selector("text=恢复码")
    page.goto(base + "/")
    page.wait_for_selector("h1:has-text('工作台')")


def _seen(page: Any, figure: str) -> float:
    started = time.monotonic()
    page.wait_for_selector(f'.tile[data-factor="pm10"] b:text-is("{figure}")', timeout=10_000)
    return time.monotonic() - started


def test_the_public_status_and_health_answer_without_sign_in(system: System) -> None:
    for path, words in (("/healthz", "ok"), ("/status", "平台状态")):
        with urllib.request.urlopen(f"http://127.0.0.1:{system.port}{path}", timeout=10) as answer:
            assert words in answer.read().decode()


def test_the_command_counts_what_the_page_shows(system: System) -> None:
    shown = subprocess.run(
        [sys.executable, str(Path(sys.executable).with_name("gongdi")), "device", "show", MN, "--json", "--data", str(system.data)],
        env=dict(system.environ), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert json.loads(shown.stdout)["acked"] >= 1
