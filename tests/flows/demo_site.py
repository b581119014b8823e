"""旅程共用的演示系统：一次启动，每种身份登录一次，以后带着凭据打开新窗口。"""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flows.running import System

DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
PHONE = {**DESK, "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass
class DemoSite:
    """A running demo: where it is, where its files lie, the cookies of the roles that have signed in."""

    base: str
    data: Path
    states: dict[str, Any] = field(default_factory=dict)

    def account(self, role: str) -> tuple[str, str]:
        """Name and password of the first demo account of a role, or of the account of this name."""
        text = (self.data / "demo-accounts.json").read_text(encoding="utf-8")
        for key in ("user", "role"):
            for row in json.loads(text):
                if row[key] == role:
                    return row["user"], row["password"]
        raise AssertionError(f"演示没有“{role}”的账号")


@contextmanager
def started(folder: Path) -> Iterator[DemoSite]:
    """The demo in `folder` for the time of the block, or the one that the variables point at."""
    base, data = os.environ.get("GONGDI_DEMO_URL"), os.environ.get("GONGDI_DEMO_DATA")
    if base and data and os.environ.get("CI") != "true":
        yield DemoSite(base.rstrip("/"), Path(data))
        return
    system = System(folder / "data", demo=True)
    try:
        system.wait_ready(300)
        yield DemoSite(f"http://127.0.0.1:{system.port}", folder / "data")
    finally:
        if system.process.poll() is None:
            system.stop()
        else:
            system.close()


def sign_in(page: Any, username: str, password: str) -> None:
    """Sign in through the form that is shown; AssertionError with the words of the page when it refuses."""
    page.locator("input[name=username], input[name=login]").first.fill(username)
    page.locator("input[type=password]").first.fill(password)
    page.locator("form:has(input[type=password]) button.primary").first.click()
    try:
        page.wait_for_url(lambda url: "/signin" not in url, timeout=20_000)
    except Exception as error:
        raise AssertionError(f"“{username}”登录不了，页面上写着：{page.inner_text('body')[:400]}") from error


@contextmanager
def opened(
    browser: Any, site: DemoSite, role: str, phone: bool = False, fresh: bool = False
) -> Iterator[Any]:
    """A window of its own on the workbench of a role; signing in goes through the form and is not counted."""
    shape = dict(PHONE if phone else DESK)
    if not fresh and role in site.states:
        shape["storage_state"] = site.states[role]
    context = browser.new_context(**shape)
    try:
        page = context.new_page()
        page.goto(site.base + "/")
        if "/signin" in page.url:
            sign_in(page, *site.account(role))
            if not fresh:
                site.states[role] = context.storage_state()
        yield page
    finally:
        context.close()


@contextmanager
def visitor(browser: Any, site: DemoSite, path: str, phone: bool = False) -> Iterator[Any]:
    """A window without sign-in on a public address that was printed, scanned or told (二维码、公开网页)."""
    context = browser.new_context(**(PHONE if phone else DESK))
    try:
        page = context.new_page()
        page.goto(site.base + path)
        yield page
    finally:
        context.close()


def alive(site: DemoSite) -> bool:
    """Say whether the demo answers."""
    with urllib.request.urlopen(site.base + "/healthz", timeout=10) as answer:
        return bool(answer.status == 200)
