"""扫码登录：码绑住出码的那台电脑，两分钟，只用一次，手机上看清身份和地点再确认。"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongdi.kernel import clock
from gongdi.orgs.models import Membership, User
from gongdi.orgs.signin import qr
from gongdi.orgs.signin.models import QrCode, SigninSession
from tests.builders import NOW, make_authority, make_user, second_factor_off
from tests.orgs.signin_steps import code_at, post_password, with_factor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)
    second_factor_off()


@pytest.fixture
def user() -> User:
    return make_user("county", make_authority("140105", name="小店区样本部门"))


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were drawn."""
    drawn: list[str] = []
    plain = qr.picture

    def seen(text: str) -> qr.Picture:
        drawn.append(text)
        return plain(text)

    monkeypatch.setattr(qr, "picture", seen)
    return drawn


@pytest.fixture
def desktop() -> Client:
    return Client(
        REMOTE_ADDR="10.0.0.9", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537"
    )


@pytest.fixture
def phone(user: User) -> Client:
    client = Client(REMOTE_ADDR="10.0.0.20")
    post_password(client, user)
    return client


def shown(desktop: Client, codes: list[str]) -> str:
    """A fresh code on the computer; its path."""
    assert desktop.post("/signin/qr").status_code == 200
    return codes[-1].removeprefix("http://testserver")


def state(desktop: Client) -> str:
    return str(desktop.get("/signin/qr/state").json()["state"])


def test_scan_look_confirm_enter(desktop: Client, phone: Client, codes: list[str], user: User) -> None:
    path = shown(desktop, codes)
    assert state(desktop) == "waiting"
    page = phone.get(path).content.decode()
    for word in ("小店区样本部门", user.display_name, "10.0.0.9", "Chrome · Windows 电脑", "不在同一个网络"):
        assert word in page
    assert state(desktop) == "scanned"
    assert desktop.post("/signin/qr/enter").headers["Location"] == "/signin", "没有确认就进不来"
    assert "已确认" in phone.post(path).content.decode()
    assert state(desktop) == "approved"
    assert desktop.post("/signin/qr/enter", {"next": "/devices/"}).headers["Location"] == "/devices/"
    assert "小店区样本部门" in desktop.get("/").content.decode()
    assert [one.way for one in SigninSession.objects.order_by("id")] == ["password", "qr"]


def test_the_picture_holds_the_address_and_stands_on_white(desktop: Client, codes: list[str]) -> None:
    body = desktop.post("/signin/qr").content.decode()
    size = int(re.findall(r'viewBox="0 0 (\d+) ', body)[0])
    assert 25 <= size <= 45
    assert 'data-lasts="120"' in body
    assert len(codes[-1].rsplit("/", 1)[1]) == 24, "144 位随机"


def test_a_code_is_used_once(desktop: Client, phone: Client, codes: list[str]) -> None:
    path = shown(desktop, codes)
    phone.get(path)
    phone.post(path)
    assert desktop.post("/signin/qr/enter").headers["Location"] == "/"
    desktop.post("/signout")
    assert desktop.post("/signin/qr/enter").headers["Location"] == "/signin"
    assert phone.get(path).status_code == 410
    assert phone.post(path).status_code == 410


def test_another_computer_cannot_use_the_code(desktop: Client, phone: Client, codes: list[str]) -> None:
    path = shown(desktop, codes)
    thief = Client()
    shown(thief, codes)
    phone.get(path)
    phone.post(path)
    assert state(thief) == "waiting"
    assert thief.post("/signin/qr/enter").headers["Location"] == "/signin"
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(("seconds", "status"), [(119, 200), (120, 410)])
def test_a_code_lasts_two_minutes(
    desktop: Client,
    phone: Client,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    status: int,
) -> None:
    path = shown(desktop, codes)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=seconds))
    assert phone.get(path).status_code == status
    assert state(desktop) == ("scanned" if status == 200 else "gone")


def test_a_confirmation_without_having_looked_does_not_count(
    desktop: Client, phone: Client, codes: list[str]
) -> None:
    path = shown(desktop, codes)
    assert phone.post(path).status_code == 410
    assert state(desktop) == "waiting"


def test_a_new_code_ends_the_old_one(desktop: Client, phone: Client, codes: list[str]) -> None:
    old, new = shown(desktop, codes), shown(desktop, codes)
    assert phone.get(old).status_code == 410
    assert phone.get(new).status_code == 200


def test_a_phone_that_is_not_signed_in_signs_in_first(desktop: Client, codes: list[str]) -> None:
    path = shown(desktop, codes)
    assert Client().get(path).headers["Location"] == f"/signin?next={path}"
    assert Client().post(path).headers["Location"].startswith("/signin")
    assert state(desktop) == "waiting"


def test_the_code_itself_is_not_stored(desktop: Client, codes: list[str]) -> None:
    code = shown(desktop, codes).rsplit("/", 1)[1]
    row = QrCode.objects.get()
    assert code not in (row.digest, row.session_key)


def test_the_computer_acts_under_the_membership_of_the_phone(
    desktop: Client, phone: Client, codes: list[str], user: User
) -> None:
    second = make_authority("140106", name="迎泽区样本部门")
    added = Membership.objects.create(
        user=user, role="county", authority=second, valid_from=clock.shanghai_day(NOW)
    )
    phone.post("/act-as", {"membership": added.pk})
    path = shown(desktop, codes)
    assert "迎泽区样本部门" in phone.get(path).content.decode()
    phone.post(path)
    desktop.post("/signin/qr/enter")
    assert "迎泽区样本部门 · 县级监管" in desktop.get("/").content.decode()


def test_a_phone_without_the_second_step_does_not_spare_the_computer_it(
    desktop: Client, phone: Client, codes: list[str], user: User
) -> None:
    secret, _ = with_factor(user)
    path = shown(desktop, codes)
    phone.get(path)
    phone.post(path)
    assert desktop.post("/signin/qr/enter").headers["Location"] == "/signin/code"
    assert desktop.post("/signin/code", {"code": code_at(secret, NOW)}).headers["Location"] == "/"


def test_a_phone_that_took_the_second_step_carries_it_over(
    desktop: Client, codes: list[str], user: User
) -> None:
    secret, _ = with_factor(user)
    phone = Client()
    post_password(phone, user)
    phone.post("/signin/code", {"code": code_at(secret, NOW)})
    path = shown(desktop, codes)
    phone.get(path)
    phone.post(path)
    assert desktop.post("/signin/qr/enter").headers["Location"] == "/"
    assert SigninSession.objects.get(way="qr").factor


def test_the_way_after_it_stays_on_this_site(desktop: Client, phone: Client, codes: list[str]) -> None:
    path = shown(desktop, codes)
    phone.get(path)
    phone.post(path)
    assert desktop.post("/signin/qr/enter", {"next": "https://evil.example/"}).headers["Location"] == "/"


def test_one_source_cannot_ask_for_codes_without_end(
    codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr, "PER_SOURCE", 3)
    answers = [Client(REMOTE_ADDR="10.7.7.7").post("/signin/qr") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert "二维码太多" in answers[3].content.decode()
    assert Client(REMOTE_ADDR="10.7.7.8").post("/signin/qr").status_code == 200


def test_posts_without_the_token_of_the_page_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/signin/qr", "/signin/qr/enter", "/signin/code"):
        assert client.post(path).status_code == 403, path
