"""第二步：密码之后填动态口令或恢复码；有义务的身份先设置再做别的；次数、时限、去处。"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from gongdi.kernel import clock
from gongdi.orgs.models import Membership, User
from gongdi.orgs.signin import factors, passwords
from gongdi.orgs.signin.models import SigninEvent, SigninSession
from tests.builders import NOW, PASSWORD, make_authority, make_enterprise, make_user, second_factor_off
from tests.orgs.signin_steps import code_at, post_password, sentences, with_factor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def user() -> User:
    return make_user("county", make_authority("140105"))


@pytest.fixture
def client() -> Client:
    return Client()


def at(monkeypatch: pytest.MonkeyPatch, shift: timedelta) -> None:
    """Move the clock."""
    monkeypatch.setattr(clock, "now", lambda: NOW + shift)


def test_the_password_alone_opens_nothing(client: Client, user: User) -> None:
    with_factor(user)
    assert post_password(client, user, next="/projects/") == "/signin/code"
    assert client.get("/").headers["Location"].startswith("/signin")
    assert not SigninSession.objects.exists()


def test_the_code_opens_the_page_that_was_asked_for(client: Client, user: User) -> None:
    secret, _ = with_factor(user)
    post_password(client, user, next="/projects/?q=%E6%A5%BC")
    before = client.cookies["gongdi_session"].value
    answer = client.post("/signin/code", {"code": code_at(secret, NOW)})
    assert answer.headers["Location"] == "/projects/?q=%E6%A5%BC"
    assert client.cookies["gongdi_session"].value != before, "会话号换掉"
    assert client.get("/").status_code == 200
    assert [(one.way, one.factor) for one in SigninSession.objects.all()] == [("password", True)]


def test_a_recovery_code_opens_too_and_once(client: Client, user: User) -> None:
    _, codes = with_factor(user)
    post_password(client, user)
    assert "还剩 10 条" in client.get("/signin/code").content.decode()
    assert "恢复码" in client.get("/signin/code?kind=recovery").content.decode()
    answer = client.post("/signin/code", {"kind": "recovery", "code": codes[0]})
    assert answer.headers["Location"] == "/"
    other = Client()
    post_password(other, user)
    assert "恢复码不对或已用过，还可以试 4 次" in sentences(
        other.post("/signin/code", {"kind": "recovery", "code": codes[0]}).content.decode()
    )


def test_five_wrong_codes_lock_the_codes_and_the_recovery_code_still_opens(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, codes = with_factor(user)
    post_password(client, user)
    said = [sentences(client.post("/signin/code", {"code": f"00000{n}"}).content.decode()) for n in range(6)]
    assert "还可以试 4 次" in said[0]
    assert "还可以试 1 次" in said[3]
    assert "10:35 以后可以再试" in said[4]
    assert "动态口令不对" not in said[5]
    assert "10:35" in sentences(client.post("/signin/code", {"code": code_at(secret, NOW)}).content.decode())
    assert client.post("/signin/code", {"kind": "recovery", "code": codes[1]}).status_code == 302


def test_the_second_step_ends_after_five_minutes(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = with_factor(user)
    post_password(client, user)
    late = timedelta(minutes=5, seconds=1)
    at(monkeypatch, late)
    answer = client.post("/signin/code", {"code": code_at(secret, NOW + late)})
    assert answer.headers["Location"] == "/signin"
    assert "五分钟" in client.get("/signin").content.decode()


def test_a_password_changed_in_between_ends_the_second_step(client: Client, user: User) -> None:
    secret, _ = with_factor(user)
    post_password(client, user)
    user.set_password("Another-2026-packet")
    user.save()
    assert client.post("/signin/code", {"code": code_at(secret, NOW)}).headers["Location"] == "/signin"


def test_without_a_first_step_there_is_no_second(client: Client, user: User) -> None:
    secret, _ = with_factor(user)
    assert client.get("/signin/code").headers["Location"] == "/signin"
    assert client.post("/signin/code", {"code": code_at(secret, NOW)}).headers["Location"] == "/signin"


def test_a_body_sets_up_its_second_factor_before_anything_else(client: Client, user: User) -> None:
    assert post_password(client, user, next="/devices/") == "/devices/"
    for path in ("/", "/devices/", "/me/", "/projects/"):
        assert client.get(path).headers["Location"] == "/me/second-factor", path
    page = client.get("/me/second-factor").content.decode()
    assert "按规定本身份登录须第二步验证" in page
    assert 'name="old"' not in page, "刚填过密码，不再问"
    secret = re.search(r'data-text="([A-Z2-7 ]+)"', page)
    assert secret is not None
    done = client.post("/me/second-factor", {"code": code_at(secret[1].replace(" ", ""), NOW)})
    shown = done.content.decode()
    assert done.status_code == 200
    assert len(re.findall(r"<code>\d{5} \d{5}</code>", shown)) == 10
    assert client.get("/").status_code == 200
    assert factors.has_factor(user.pk)
    assert not re.findall(r"\d{5} \d{5}", client.get("/me/").content.decode()), "恢复码只显示一次"


def test_a_wrong_proof_sets_up_nothing_and_keeps_the_secret(client: Client, user: User) -> None:
    post_password(client, user)
    first = client.get("/me/second-factor").content.decode()
    refused = client.post("/me/second-factor", {"code": "12"}).content.decode()
    assert "口令不对" in refused
    secret = re.search(r'data-text="([A-Z2-7 ]+)"', first)
    assert secret is not None
    assert secret[1] in refused, "同一个密钥，不用重新扫"
    assert not factors.has_factor(user.pk)


@pytest.mark.parametrize(
    ("role", "duty", "owed"),
    [
        ("enterprise", "system", True),
        ("enterprise", "", False),
        ("supervisor", "system", True),
        ("vendor", "", False),
    ],
)
def test_of_enterprises_only_the_administrators_must(
    client: Client, role: str, duty: str, owed: bool
) -> None:
    person = make_user(role, make_enterprise())
    Membership.objects.filter(user=person).update(duty=duty)
    post_password(client, person)
    assert (client.get("/me/").status_code == 302) is owed


def test_by_policy_nobody_must(client: Client, user: User) -> None:
    second_factor_off()
    post_password(client, user)
    assert client.get("/").status_code == 200


def test_who_set_it_up_freely_is_asked_even_when_nobody_must(client: Client, user: User) -> None:
    second_factor_off()
    with_factor(user)
    assert post_password(client, user) == "/signin/code"


def test_a_password_told_by_an_administrator_is_changed_first_then_the_factor(
    client: Client, user: User
) -> None:
    passwords.require_change(user)
    post_password(client, user)
    assert client.get("/").headers["Location"] == "/me/password"
    new = "Dust-packet-2027"
    answer = client.post("/me/password", {"old": PASSWORD, "new": new, "again": new})
    assert answer.headers["Location"] == "/me/second-factor"
    assert client.get("/").headers["Location"] == "/me/second-factor"


def test_password_and_code_together_enter_at_once(client: Client, user: User) -> None:
    secret, _ = with_factor(user)
    for n in range(6):
        refused = client.post(
            "/signin", {"username": user.username, "password": "wrong"}, REMOTE_ADDR=f"10.8.0.{n}"
        ).content.decode()
    assert 'name="code"' in refused, "锁定时给出两样一起填的办法"
    assert "本人设过动态口令的，现在就能进" in refused
    assert post_password(client, user, code=code_at(secret, NOW)) == "/"
    assert SigninSession.objects.get().way == "both"


def test_the_way_out_is_offered_for_names_that_are_nobodys_too(client: Client) -> None:
    for _ in range(6):
        page = client.post("/signin", {"username": "nobody-here", "password": "wrong"}).content.decode()
    assert "本人设过动态口令的，现在就能进" in page


def test_the_log_tells_both_steps(client: Client, user: User) -> None:
    secret, _ = with_factor(user)
    post_password(client, user, password="wrong")
    post_password(client, user)
    client.post("/signin/code", {"code": "000000"})
    client.post("/signin/code", {"code": code_at(secret, NOW)})
    client.post("/signout")
    assert [one.outcome for one in SigninEvent.objects.order_by("id")] == [
        "wrong",
        "passed",
        "wrong_code",
        "entered",
        "left",
    ]


def test_the_unit_named_on_the_page_is_entered(client: Client, user: User) -> None:
    second_factor_off()
    second = make_authority("140106", name="迎泽区样本部门")
    Membership.objects.create(user=user, role="county", authority=second, valid_from=clock.shanghai_day(NOW))
    post_password(client, user, unit="迎泽区样本部门", keep_unit="on")
    assert "迎泽区样本部门 · 县级监管" in client.get("/").content.decode()
    assert client.cookies["gongdi_unit"]["httponly"]
    client.post("/signout")
    assert 'value="迎泽区样本部门"' in client.get("/signin").content.decode()


def test_a_unit_of_somebody_else_gives_nothing(client: Client, user: User) -> None:
    second_factor_off()
    make_authority("140106", name="迎泽区样本部门")
    post_password(client, user, unit="迎泽区样本部门")
    page = client.get("/").content.decode()
    assert "在「迎泽区样本部门」没有身份，已用本账号的身份进入" in page
    assert "迎泽区样本部门 ·" not in page
