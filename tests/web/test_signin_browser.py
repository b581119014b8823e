"""浏览器里的登录：无障碍、扫码走完全程、六位自动提交、显示密码、没有脚本也能登录。"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gongdi.orgs.models import User
from gongdi.orgs.signin import factors, qr
from tests.orgs.signin_steps import code_at
from tests.web.browser import Browser, launched, sign_in
from tests.web.samples import NOW
from tests.web.test_browser import serious
from tests.web.world import PASSWORD

OWN = ("/me/", "/me/password", "/me/second-factor", "/me/second-factor/off")
OPEN = ("/signin", "/signin/help", "/signin/waiting")


@pytest.fixture(scope="module")
def browser(need_package: Callable[[str], None]) -> Iterator[Browser]:
    """One chromium for the module."""
    need_package("chromium")
    with launched() as found:
        yield found


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses drawn as QR codes."""
    found: list[str] = []
    plain = qr.picture

    def seen(text: str) -> qr.Picture:
        found.append(text)
        return plain(text)

    monkeypatch.setattr(qr, "picture", seen)
    return found


def with_factor(name: str) -> str:
    """Set up one-time codes for an account of the world; the secret."""
    secret = factors.new_secret()
    earlier = NOW.replace(hour=NOW.hour - 1)
    assert factors.set_up(User.objects.get(username=name), secret, code_at(secret, earlier), earlier)
    return secret


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_serious_finding_or_is_too_wide(
    browser: Browser, site_url: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, bypass_csp=True, color_scheme=theme
    )
    page, wrong = context.new_page(), dict[str, list[str]]()
    page.on("pageerror", lambda error: wrong.setdefault("script", []).append(str(error)))

    def look(name: str) -> None:
        found = serious(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("比屏幕宽")
        if found:
            wrong[name] = found

    for path in OPEN:
        page.goto(site_url + path)
        look(path)
    sign_in(page, site_url, "enterprise")
    for path in OWN:
        page.goto(site_url + path)
        look(path)
    with_factor("site")
    other = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, color_scheme=theme)
    page = other.new_page()
    page.goto(site_url + "/signin")
    page.fill("#id_username", "site")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(site_url + "/signin/code")
    look("/signin/code")
    page.fill("#id_code", "00000")
    page.click("button.primary")
    page.wait_for_selector("#form-errors")
    look("/signin/code 不对")
    context.close()
    other.close()
    assert not wrong, wrong


def test_the_computer_enters_by_the_phone(browser: Browser, site_url: str, drawn: list[str]) -> None:
    desk = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    desk.goto(site_url + "/signin?next=/devices/")
    desk.wait_for_selector("[data-qr-place] svg")
    assert "秒后自动更换" in desk.text_content("[data-qr-left]")
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(phone, site_url, "county")
    phone.goto(drawn[-1])
    assert "在电脑上登录" in phone.text_content("h1")
    desk.wait_for_selector("[data-qr-left]:has-text('已扫码，请在手机上确认')")
    phone.click("button.primary")
    phone.wait_for_selector("text=已确认")
    desk.wait_for_url(site_url + "/devices/")
    desk.context.close()
    phone.context.close()


def test_on_the_phone_no_code_is_asked_for(browser: Browser, site_url: str, drawn: list[str]) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(site_url + "/signin")
    page.wait_for_timeout(600)
    assert not page.is_visible("[data-qr-place]")
    assert not drawn
    page.context.close()


def test_six_digits_send_themselves(browser: Browser, site_url: str) -> None:
    secret = with_factor("county")
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(site_url + "/signin")
    page.fill("#id_username", "county")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(site_url + "/signin/code")
    assert page.evaluate("document.activeElement.id") == "id_code"
    page.keyboard.type(code_at(secret, NOW))
    page.wait_for_url(site_url + "/")
    page.context.close()


def test_the_password_can_be_pasted_and_shown(browser: Browser, site_url: str) -> None:
    page = browser.new_context().new_page()
    page.goto(site_url + "/signin")
    assert page.get_attribute("#id_password", "autocomplete") == "current-password"
    page.fill("#id_password", "shown-for-a-moment")
    page.click("[data-peek]")
    assert page.get_attribute("#id_password", "type") == "text"
    assert page.get_attribute("[data-peek]", "aria-pressed") == "true"
    page.click("[data-peek]")
    assert page.get_attribute("#id_password", "type") == "password"
    page.context.close()


def test_without_scripts_one_signs_in_by_password(browser: Browser, site_url: str) -> None:
    context: Any = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + "/signin")
    assert "没有启用脚本" in page.text_content("[data-qr-place]")
    sign_in(page, site_url, "county")
    page.goto(site_url + "/me/")
    assert "登录着的地方" in page.text_content("main")
    context.close()


def test_another_unit_is_one_click_away(browser: Browser, site_url: str) -> None:
    page = browser.new_context().new_page()
    page.goto(site_url + "/signin?unit=某单位")
    page.click("[data-unit-change]")
    assert page.input_value("#id_unit") == ""
    assert page.evaluate("document.activeElement.id") == "id_unit"
    page.context.close()
