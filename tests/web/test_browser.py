"""浏览器里的页面：无障碍、主题、窄屏、无脚本、曲线真的画出来。"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser import Browser, launched, sign_in

AXE = Path(__file__).parent.parent / "vendor" / "axe-4.14.1.min.js"
PAGES = (
    "/", "/projects/", "PROJECT", "/devices/", "DEVICE", "SLOT", "/alarms", "/quarantine",
    "DEVICE/frames", "DEVICE/quarantine", "DEVICE/conflicts", "DEVICE/connections", "DEVICE/hours/", "DEVICE/month", "/devices/pending",
)  # fmt: skip
OPEN = ("/signin", "/status", "/rules/rate")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def browser(need_package: Callable[[str], None]) -> Iterator[Browser]:
    """One chromium for the module."""
    need_package("chromium")
    with launched() as found:
        yield found


def open_page(page: Any, base: str, path: str) -> None:
    """Open a page by path; DEVICE, SLOT and PROJECT stand for the first ones of the lists."""
    name, _, tail = path.partition("/")
    if name in ("DEVICE", "SLOT", "PROJECT"):
        page.goto(base + ("/projects/" if name == "PROJECT" else "/devices/"))
        first = page.get_attribute("td a", "href")
        path = first + ("hours/2026-11-17/14" if name == "SLOT" else tail)
    answer = page.goto(base + path)
    assert answer.status == 200, path


def serious(page: Any) -> list[str]:
    """Serious and critical findings of axe on the open page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:140]} {one['nodes'][0].get('failureSummary', '')[:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_serious_finding(browser: Browser, site_url: str, theme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site_url + "/signin")
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    findings: dict[str, list[str]] = {}
    for path in OPEN:
        open_page(page, site_url, path)
        findings[path] = serious(page)
    sign_in(page, site_url, "province")
    for path in PAGES:
        open_page(page, site_url, path)
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        findings[path] = serious(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (
            f"{path} 在 {width} 像素下横向溢出"
        )
        assert page.evaluate("document.querySelectorAll('*').length") <= 2000
    context.close()
    assert {path: found for path, found in findings.items() if found} == {}
    assert problems == []


def test_nothing_is_refused_by_the_content_policy(browser: Browser, site_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    sign_in(page, site_url, "county")
    for path in PAGES[:-1]:
        open_page(page, site_url, path)
        page.wait_for_timeout(200)
    context.close()
    assert said == []
    assert hosts == {site_url.removeprefix("http://")}


def test_the_curve_is_drawn_and_a_field_marks_its_bytes(browser: Browser, site_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site_url, "county")
    open_page(page, site_url, "DEVICE")
    page.wait_for_selector("gongdi-curve svg .s1")
    assert page.locator("gongdi-curve svg .limit").count() == 2
    page.click("tr[data-mark] >> text=a34004")
    assert page.locator(".bytes .on").all_text_contents() != []
    page.click('a.tile[data-factor="noise"]')
    page.wait_for_selector('a.tile[data-factor="noise"][aria-current]')
    context.close()


def test_theme_is_kept_and_set_before_the_first_paint(browser: Browser, site_url: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(site_url + "/signin")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click("[data-theme-toggle]")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    context.close()


def test_pages_work_without_scripts(browser: Browser, site_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site_url, "county")
    page.goto(site_url + "/projects/")
    page.fill("#f-q", "样本安置房 3 号")
    page.click("form.filters button")
    assert page.locator("tbody tr").count() == 1
    page.click("td a")
    page.goto(site_url + "/devices/")
    page.click("td a")
    assert "30 天逐时到达" in page.content()
    page.click(".strip a >> nth=0")
    assert "解释" in page.locator("h1").text_content()
    context.close()


def test_every_field_has_a_label(browser: Browser, site_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    script = "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(e => !e.labels.length && !e.ariaLabel).map(e => e.outerHTML)"
    page.goto(site_url + "/signin")
    assert page.evaluate(script) == []
    sign_in(page, site_url, "county")
    for path in PAGES[:-1]:
        open_page(page, site_url, path)
        assert page.evaluate(script) == [], path
    context.close()


def test_menu_is_a_drawer_on_a_phone_and_escape_closes_it(browser: Browser, site_url: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, site_url, "county")
    assert not page.is_visible("#side >> text=项目清单")
    page.click("[data-menu]")
    page.wait_for_selector("#side >> text=项目清单", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("#side >> text=项目清单", state="hidden")
    context.close()
