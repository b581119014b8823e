"""我的账号：换密码、会话、登录记录、动态口令；没有操作到时退出。"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongdi.kernel import clock
from gongdi.orgs.models import Membership, User
from gongdi.orgs.signin import factors
from gongdi.orgs.signin.models import SigninEvent, SigninSession
from tests.builders import NOW, PASSWORD, make_authority, make_enterprise, make_user, second_factor_off
from tests.orgs.signin_steps import code_at, post_password, with_factor

pytestmark = pytest.mark.django_db
NEW = "Dust-packet-2027"


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def user() -> User:
    second_factor_off()
    return make_user("county", make_authority("140105"))


def signed_in(user: User, address: str = "10.0.0.9", agent: str = "") -> Client:
    """A browser that came in through the form."""
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    post_password(client, user)
    return client


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=minutes))


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str = "") -> Any:
    return client.post("/me/password", {"old": old, "new": new, "again": again or new})


def test_a_changed_password_keeps_this_session_and_ends_the_others(user: User) -> None:
    here, there = signed_in(user), signed_in(user, "10.0.0.10")
    assert change(here).headers["Location"] == "/me/"
    page = here.get("/me/").content.decode()
    assert "密码已更换，其他 1 处登录已退出" in page
    assert page.count("这一处") == 1
    assert there.get("/").headers["Location"].startswith("/signin")
    assert SigninSession.objects.filter(ended_at=None).count() == 1
    assert post_password(Client(), user, password=NEW) == "/"
    assert "账号或密码不对" in post_password(Client(), user)


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("wrong", NEW, NEW, "现在的密码不对，还可以试 4 次"),
        (PASSWORD, NEW, NEW + "x", "两次填的新密码不一样"),
        (PASSWORD, "Short-1", "Short-1", "密码至少 10 位"),
        (PASSWORD, "onlylowercase", "onlylowercase", "三类"),
        (PASSWORD, PASSWORD, PASSWORD, "不能使用最近 5 次用过的密码"),
    ],
)
def test_refusals_are_chinese_and_change_nothing(
    user: User, old: str, new: str, again: str, sentence: str
) -> None:
    client = signed_in(user)
    page = change(client, old, new, again).content.decode()
    assert sentence in page
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert client.get("/").status_code == 200
    assert NEW not in page
    assert "Short-1" not in page


def test_the_present_password_cannot_be_guessed_from_an_open_session(user: User) -> None:
    client = signed_in(user)
    for _ in range(5):
        change(client, old="wrong")
    assert "10:35 以后可以再试" in change(client).content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_own_sessions_are_listed_and_ended(user: User) -> None:
    here = signed_in(user)
    there = signed_in(user, "10.0.0.10", "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile")
    page = here.get("/me/").content.decode()
    assert "Chrome · 安卓手机" in page
    assert "10.0.0.10" in page
    ref = SigninSession.objects.get(address="10.0.0.10").ref
    assert here.post(f"/me/sessions/{ref}/end").headers["Location"] == "/me/"
    assert there.get("/").headers["Location"].startswith("/signin")
    assert "安卓手机" not in here.get("/me/").content.decode().split("登录记录")[0]


def test_a_session_of_somebody_else_cannot_be_ended(user: User) -> None:
    other = make_user("county", make_authority("140106"))
    theirs = signed_in(other)
    ref = SigninSession.objects.get(user=other).ref
    assert signed_in(user).post(f"/me/sessions/{ref}/end").status_code == 404
    assert theirs.get("/").status_code == 200


def test_changing_the_membership_keeps_the_session_in_the_list(user: User) -> None:
    second = make_authority("140106")
    added = Membership.objects.create(
        user=user, role="county", authority=second, valid_from=clock.shanghai_day(NOW)
    )
    client = signed_in(user)
    client.post("/act-as", {"membership": added.pk})
    assert "这一处" in client.get("/me/").content.decode()
    assert SigninSession.objects.count() == 1


def test_the_own_sign_ins_are_shown_and_those_of_others_are_not(user: User) -> None:
    other = make_user("county", make_authority("140106"))
    Client().post("/signin", {"username": other.username, "password": "wrong"}, REMOTE_ADDR="10.66.0.1")
    Client().post("/signin", {"username": user.username, "password": "wrong"}, REMOTE_ADDR="10.77.0.1")
    page = signed_in(user).get("/me/").content.decode()
    assert "10.77.0.1" in page
    assert "账号或密码不对" in page
    assert "10.66.0.1" not in page


def test_older_lines_are_one_click_away(user: User) -> None:
    for _ in range(12):
        signed_in(user)
    client = signed_in(user)
    assert client.get("/me/").content.decode().count('data-h="结果"') == 10
    assert client.get("/me/?log=all").content.decode().count('data-h="结果"') == 13


@pytest.mark.parametrize(
    ("role", "minutes"), [("county", 15), ("enterprise", 30)], ids=["主管部门 15 分钟", "企业 30 分钟"]
)
def test_without_any_act_one_is_signed_out(monkeypatch: pytest.MonkeyPatch, role: str, minutes: int) -> None:
    second_factor_off()
    subject = make_authority("140105") if role == "county" else make_enterprise()
    client = signed_in(make_user(role, subject))
    later(monkeypatch, minutes - 0.1)
    assert client.get("/me/").status_code == 200
    later(monkeypatch, 2 * minutes - 0.3)
    assert client.get("/me/").status_code == 200, "有操作就重新计时"
    later(monkeypatch, 3 * minutes)
    answer = client.get("/projects/?q=1")
    assert answer.headers["Location"] == "/signin?next=/projects/%3Fq%3D1"
    assert "长时间没有操作，已自动退出" in client.get(answer.headers["Location"]).content.decode()
    assert SigninEvent.objects.filter(outcome="idle").count() == 1


def test_a_person_without_a_membership_reaches_the_own_account(user: User) -> None:
    Membership.objects.filter(user=user).delete()
    client = signed_in(user)
    assert client.get("/").status_code == 403
    assert "还没有有效的身份" in client.get("/me/").content.decode()


def test_setting_up_later_asks_for_the_password(user: User) -> None:
    client = signed_in(user)
    page = client.get("/me/second-factor").content.decode()
    found = re.search(r'data-text="([A-Z2-7 ]+)"', page)
    assert found is not None
    code = code_at(found[1].replace(" ", ""), NOW)
    assert "不对" in client.post("/me/second-factor", {"code": code, "old": "wrong"}).content.decode()
    assert not factors.has_factor(user.pk)
    assert (
        "只显示这一次" in client.post("/me/second-factor", {"code": code, "old": PASSWORD}).content.decode()
    )
    assert factors.has_factor(user.pk)


def test_giving_up_needs_the_password_and_no_duty(user: User) -> None:
    with_factor(user)
    client = Client()
    client.force_login(user)
    assert "不对" in client.post("/me/second-factor/off", {"old": "wrong"}).content.decode()
    assert factors.has_factor(user.pk)
    assert client.post("/me/second-factor/off", {"old": PASSWORD}).headers["Location"] == "/me/"
    assert not factors.has_factor(user.pk)


def test_who_has_the_duty_cannot_give_up() -> None:
    person = make_user("county", make_authority("140105"))
    with_factor(person)
    client = Client()
    client.force_login(person)
    assert "不能停用" in client.post("/me/second-factor/off", {"old": PASSWORD}).content.decode()
    assert factors.has_factor(person.pk)


def test_new_recovery_codes_are_shown_once(user: User) -> None:
    _, old = with_factor(user)
    client = Client()
    client.force_login(user)
    page = client.post("/me/recovery-codes", {"old": PASSWORD}).content.decode()
    assert len(re.findall(r"<code>\d{5} \d{5}</code>", page)) == 10
    assert not [code for code in old if f"{code[:5]} {code[5:]}" in page]


def test_without_a_factor_there_are_no_recovery_codes(user: User) -> None:
    client = Client()
    client.force_login(user)
    assert client.get("/me/recovery-codes").headers["Location"] == "/me/second-factor"


def test_the_way_to_help_needs_no_sign_in() -> None:
    page = Client().get("/signin/help").content.decode()
    for word in ("忘记密码", "换手机", "被暂停"):
        assert word in page


def test_what_a_page_asks_for_by_itself_is_no_act(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """开着的页面自己重连实时数据，不算有人在；到时照样退出。"""
    client = signed_in(user)
    later(monkeypatch, 10)
    client.get("/live?device=x")
    later(monkeypatch, 15)
    assert client.get("/live?device=x").headers["Location"].startswith("/signin")
    assert client.get("/").headers["Location"].startswith("/signin")


def test_live_data_too_waits_for_what_comes_first() -> None:
    client = signed_in(make_user("county", make_authority("140105")))
    assert client.get("/live?device=x").headers["Location"] == "/me/second-factor"
