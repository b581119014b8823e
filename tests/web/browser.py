"""浏览器测试共用：系统自带的 chromium，缺了就跳过并说出软件包名。"""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.world import PASSWORD

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
Browser = Any


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A headless chromium without access to anything but the pages under test."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; the ORM of the fixtures runs beside it
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def sign_in(page: Any, base: str, username: str, password: str = PASSWORD) -> None:
    """Sign in through the form."""
    page.goto(base + "/signin")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.click("button.primary")
    page.wait_for_url(base + "/")
