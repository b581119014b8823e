"""管理员重置登录：只管自己的人，写明核实办法，谁都不会知道密码；重置后本人凭手机号重新激活。"""

from typing import Any

import pytest
from django.test import Client

from gongdi.desk.services import resetting
from gongdi.desk.units import unit_of
from gongdi.kernel import clock
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed
from gongdi.kernel.evidence.record import history
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Membership, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.signin import factors
from gongdi.orgs.signin.models import SigninEvent
from gongdi.orgs.signin.source import Source
from tests.builders import NOW, PASSWORD, make_authority, make_user, second_factor_off
from tests.orgs.signin_steps import post_password, with_factor

pytestmark = pytest.mark.django_db
FROM = Source("10.0.0.9", "Chrome")


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)
    second_factor_off()


@pytest.fixture
def administrator() -> User:
    person = make_user("county", make_authority("140105"))
    Membership.objects.filter(user=person).update(duty="system")
    return person


@pytest.fixture
def colleague(administrator: User) -> User:
    body = Membership.objects.get(user=administrator).authority
    assert body is not None
    return make_user("county", body)


def acting(user: User) -> Scope:
    return scope_of(user, shanghai_day(NOW))


def asked(kind: str, user: User, reason: str = "当面核对身份证") -> resetting.Reset:
    return resetting.Reset(kind, user, unit_of(Membership.objects.get(user=user)), reason)


def test_a_password_reset_ends_everything_and_tells_nobody_a_password(
    administrator: User, colleague: User
) -> None:
    browser = Client()
    post_password(browser, colleague)
    resetting.reset(asked("password", colleague), by=acting(administrator), source=FROM, now=NOW)
    colleague.refresh_from_db()
    assert not colleague.has_usable_password()
    assert browser.get("/").headers["Location"].startswith("/signin")
    assert "账号或密码不对" in post_password(Client(), colleague)


def test_a_lost_phone_is_cleared_and_the_password_stays(administrator: User, colleague: User) -> None:
    with_factor(colleague)
    resetting.reset(asked("factor", colleague), by=acting(administrator), source=FROM, now=NOW)
    assert not factors.has_factor(colleague.pk)
    assert post_password(Client(), colleague) == "/"


def test_it_stands_in_both_records(administrator: User, colleague: User) -> None:
    resetting.reset(asked("password", colleague), by=acting(administrator), source=FROM, now=NOW)
    line = history("orgs.user", colleague.ref)[0]
    assert (line.act, line.reason, line.person) == (
        "account.password_reset",
        "当面核对身份证",
        administrator.display_name,
    )
    assert SigninEvent.objects.get(user=colleague).outcome == "password_reset"


def test_it_needs_a_reason_and_somebody_else(administrator: User, colleague: User) -> None:
    by = acting(administrator)
    with pytest.raises(resetting.NoReason):
        resetting.reset(asked("password", colleague, " "), by=by, source=FROM, now=NOW)
    with pytest.raises(resetting.Oneself):
        resetting.reset(asked("factor", administrator), by=by, source=FROM, now=NOW)


@pytest.mark.parametrize("duty", ["", "audit", "security"])
def test_only_the_system_administrator_resets(administrator: User, colleague: User, duty: str) -> None:
    Membership.objects.filter(user=administrator).update(duty=duty)
    with pytest.raises(NotAllowed):
        resetting.reset(asked("password", colleague), by=acting(administrator), source=FROM, now=NOW)
    colleague.refresh_from_db()
    assert colleague.check_password(PASSWORD)


def test_people_of_another_unit_are_out_of_reach(administrator: User) -> None:
    other = make_user("county", make_authority("140106"))
    with pytest.raises(NotAllowed):
        resetting.reset(asked("password", other), by=acting(administrator), source=FROM, now=NOW)
    client = Client()
    client.force_login(administrator)
    answer = client.post(f"/people/{other.ref}/reset", {"kind": "password", "reason": "x"})
    assert answer.status_code == 404
    other.refresh_from_db()
    assert other.has_usable_password()


def test_through_the_page(administrator: User, colleague: User) -> None:
    client = Client()
    client.force_login(administrator)
    assert "重置密码" in client.get(f"/people/{colleague.ref}/").content.decode()
    sent = {"kind": "password", "reason": "当面核对身份证"}
    page = client.post(f"/people/{colleague.ref}/reset", sent, follow=True).content.decode()
    assert "请出一张激活单交给本人重新激活" in page
    assert "激活单" in page
    assert client.post(f"/people/{colleague.ref}/reset", {"kind": "?", "reason": "x"}).status_code == 404
