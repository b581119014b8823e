"""登录页：每个错误是中文并留住账号，密码从不回显；登录后回到原来的地址，从不去别的网站。"""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from gongdi.desk.models import Contact
from gongdi.kernel import clock
from gongdi.orgs.models import Person, SigninAttempt, User
from gongdi.orgs.personal import blind_index, seal
from tests.builders import NOW, PASSWORD, make_authority, make_user, second_factor_off

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def user() -> User:
    """An account that signs in by its password alone, as in the demo."""
    second_factor_off()
    return make_user("county", make_authority("140105"))


@pytest.fixture
def client() -> Client:
    """A browser without a session."""
    return Client()


def post(client: Client, username: str, password: str, **more: str) -> str:
    """The page after a refused try."""
    answer = client.post("/signin", {"username": username, "password": password, **more})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("username", "password", "sentence"),
    [
        ("", "x", "请填写账号"),
        ("   ", "x", "请填写账号"),
        ("liming", "", "请填写密码"),
        ("liming", "wrong", "账号或密码不对，还可以试 4 次"),
        ("x" * 61, "wrong", "60"),
        ("li\x00ming", "wrong", "空字符"),
        ("liming", "w" * 257, "256"),
    ],
)
def test_every_error_is_chinese_and_keeps_the_account(
    client: Client, username: str, password: str, sentence: str
) -> None:
    body = post(client, username, password)
    banner = body.split('role="alert"')[1].split("</form>")[0]
    assert sentence in banner
    assert 'aria-invalid="true"' in body
    assert 'aria-describedby="form-errors"' in body
    if username.strip() and "\0" not in username:
        assert f'value="{username}"' in body
    if len(password) > 3:
        assert password not in body, "密码不回显"


def test_an_account_name_is_never_markup(client: Client) -> None:
    body = post(client, '"><script>x</script>', "wrong")
    assert "<script>x" not in body


def test_an_empty_form_costs_no_try(client: Client) -> None:
    post(client, "", "")
    post(client, "liming", "")
    assert not SigninAttempt.objects.exists()


def test_the_lock_is_told_with_its_end_in_shanghai_time(client: Client, user: User) -> None:
    bodies = [post(client, user.username, "wrong") for _ in range(6)]
    assert "还可以试 1 次" in bodies[3]
    assert "尝试次数过多，10:35 以后可以再试" in bodies[4]
    assert "尝试次数过多，10:35 以后可以再试" in bodies[5]
    assert "账号或密码不对" not in bodies[5], "锁定后不再透露密码对不对"


def test_a_closed_account_reads_like_a_wrong_password(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert "账号或密码不对，还可以试 4 次" in post(client, user.username, PASSWORD)


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("", "/"),
        ("/projects/?q=%E6%A5%BC", "/projects/?q=%E6%A5%BC"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.example", "/"),
    ],
)
def test_after_the_sign_in_one_stays_on_this_site(client: Client, user: User, wanted: str, goes: str) -> None:
    answer = client.post("/signin", {"username": user.username, "password": PASSWORD, "next": wanted})
    assert (answer.status_code, answer.headers["Location"]) == (302, goes)


def test_a_page_without_a_session_leads_back_to_itself(client: Client, user: User) -> None:
    asked = client.get("/devices/?state=silent")
    assert asked.headers["Location"] == "/signin?next=/devices/%3Fstate%3Dsilent"
    form = client.get(asked.headers["Location"]).content.decode()
    assert 'name="next" value="/devices/?state=silent"' in form


def test_the_cookies_cannot_be_read_by_scripts_nor_sent_from_other_sites(client: Client, user: User) -> None:
    client.get("/signin")
    client.post("/signin", {"username": user.username, "password": PASSWORD})
    for name in ("gongdi_session", "gongdi_csrf"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/"
        assert not cookie["domain"]
    assert client.cookies["gongdi_session"]["max-age"] == 12 * 3600
    assert configured.SESSION_COOKIE_AGE == 12 * 3600


def test_a_new_session_is_made_at_the_sign_in(client: Client, user: User) -> None:
    """登录前的会话号换掉：别人事先塞的会话号没有用。"""
    client.cookies["gongdi_session"] = "a" * 32
    client.post("/signin", {"username": user.username, "password": PASSWORD})
    assert client.cookies["gongdi_session"].value not in ("", "a" * 32)


def test_a_form_without_the_token_of_the_page_is_refused_in_chinese(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/signin")
    for path in ("/signin", "/signout", "/act-as"):
        answer = client.post(path, {"username": user.username, "password": PASSWORD})
        assert answer.status_code == 403, path
        assert answer.headers["X-Trace"] in answer.content.decode()
    assert not SigninAttempt.objects.exists()


def test_signing_out_is_a_post_and_ends_the_session(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/signout").status_code == 405
    assert client.get("/").status_code == 200
    assert client.post("/signout").headers["Location"] == "/signin"
    assert client.get("/").status_code == 302


def test_who_is_signed_in_is_led_on(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/signin").headers["Location"] == "/"


def test_an_account_closed_during_the_day_is_out_at_the_next_click(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/").headers["Location"].startswith("/signin")


def test_a_changed_password_ends_the_other_sessions(client: Client, user: User) -> None:
    client.force_login(user)
    user.set_password("Another-2026-gongdi")
    user.save()
    assert client.get("/").headers["Location"].startswith("/signin")


def test_a_membership_that_ends_today_ends_at_midnight(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongdi.orgs.models import Membership

    Membership.objects.filter(user=user).update(valid_to=clock.shanghai_day(NOW))
    client.force_login(user)
    last = clock.day_end(clock.shanghai_day(NOW)) - timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: last)
    assert client.get("/").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: last + timedelta(seconds=1))
    answer = client.get("/")
    assert answer.status_code == 403
    assert "身份已到期" in answer.content.decode()


def test_phone_numbers_shown_are_registered_ones_and_none_is_made_up(client: Client) -> None:
    assert "找主管部门" not in client.get("/signin").content.decode()
    body = make_authority("140100", name="太原市住建局")
    body.phone = "0351-5550000"
    body.save()
    page = client.get("/signin").content.decode()
    assert "找主管部门" in page
    assert "太原市住建局" in page
    assert "0351-5550000" in page


def test_the_telephones_follow_the_chosen_unit(client: Client) -> None:
    city = make_authority("140100", name="样本市住建局")
    county = make_authority("140105", name="样本区住建局")
    county.parent = city
    county.save()
    Contact.objects.create(
        authority=city, purpose="账号重置", phone="0351-5550100", hours="工作日 8:30–18:00"
    )
    county_line = Contact.objects.create(authority=county, purpose="账号重置", phone="0351-5550105")
    page = client.get("/signin?unit=样本区住建局").content.decode()
    assert page.index(county_line.phone) < page.index("0351-5550100"), "本单位在前，上级在后"
    assert '<li class="own"' in page
    assert "工作日 8:30–18:00" in page
    plain = client.get("/signin").content.decode()
    assert "0351-5550100" in plain
    assert county_line.phone not in plain


def test_one_signs_in_by_telephone_and_shares_the_five_tries(client: Client, user: User) -> None:
    phone = "13903510001"
    user.person = Person.objects.create(
        name="李明", phone_index=blind_index("phone", phone), phone_sealed=seal(phone), created_at=NOW
    )
    user.save()
    post(client, user.username, "wrong")
    assert "还可以试 3 次" in post(client, f" {phone[:3]} {phone[3:]} ", "wrong")
    answer = client.post("/signin", {"username": phone, "password": PASSWORD})
    assert answer.headers["Location"] == "/"
