"""登录记录的审计页：只有审计管理员能看，只看得到自己管的人；记录谁也改不了。"""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from gongdi.kernel import clock
from gongdi.orgs.models import Authority, Enterprise, Membership, User
from gongdi.orgs.signin.models import SigninEvent
from tests.builders import NOW, make_authority, make_enterprise, make_user, second_factor_off
from tests.orgs.signin_steps import post_password

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)
    second_factor_off()


def auditor(role: str, subject: Authority | Enterprise) -> Client:
    person = make_user(role, subject)
    Membership.objects.filter(user=person).update(duty="audit")
    client = Client()
    client.force_login(person)
    return client


def wrong(user: User, address: str) -> None:
    """One refused sign-in, noted from this address."""
    Client().post("/signin", {"username": user.username, "password": "x"}, REMOTE_ADDR=address)


@pytest.mark.parametrize("duty", ["", "system", "security"])
def test_nobody_else_sees_it(duty: str) -> None:
    person = make_user("province", make_authority("140000"))
    Membership.objects.filter(user=person).update(duty=duty)
    client = Client()
    client.force_login(person)
    assert client.get("/audit/signins").status_code == 403
    assert "/audit/signins" not in client.get("/").content.decode(), "菜单里也没有"


def test_the_province_sees_everything_also_names_of_nobody() -> None:
    wrong(make_user("county", make_authority("140105")), "10.1.0.1")
    Client().post("/signin", {"username": "nobody-here", "password": "x"}, REMOTE_ADDR="10.1.0.2")
    client = auditor("province", make_authority("140000"))
    page = client.get("/audit/signins").content.decode()
    assert "10.1.0.1" in page
    assert "10.1.0.2" in page
    assert "no…（11 字）" in page
    assert "nobody-here" not in page
    assert "/audit/signins" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("division", "sees"), [("140105", (True, False, False)), ("140100", (True, True, False))]
)
def test_a_body_sees_its_own_division(division: str, sees: tuple[bool, bool, bool]) -> None:
    for n, code in enumerate(("140105", "140106", "140213")):
        wrong(make_user("county", make_authority(code)), f"10.1.{n}.1")
    wrong(make_user("urban", make_authority("140105", kind="URBAN")), "10.1.9.1")
    level = "county" if division == "140105" else "city"
    page = auditor(level, make_authority(division)).get("/audit/signins").content.decode()
    assert tuple(f"10.1.{n}.1" in page for n in range(3)) == sees
    assert "10.1.9.1" not in page, "城管的人归城管审计"


def test_an_enterprise_sees_its_own_people() -> None:
    own, other = make_enterprise(), make_enterprise()
    wrong(make_user("enterprise", own), "10.1.0.1")
    wrong(make_user("enterprise", other), "10.1.1.1")
    page = auditor("enterprise", own).get("/audit/signins").content.decode()
    assert "10.1.0.1" in page
    assert "10.1.1.1" not in page


def test_filters_live_in_the_address() -> None:
    user = make_user("county", make_authority("140105"))
    wrong(user, "10.1.0.1")
    post_password(Client(REMOTE_ADDR="10.1.0.2"), user)
    client = auditor("province", make_authority("140000"))
    failed = client.get("/audit/signins?outcome=failed&days=1").content.decode()
    assert "10.1.0.1" in failed
    assert "10.1.0.2" not in failed
    assert "10.1.0.2" in client.get(f"/audit/signins?q={user.username}").content.decode()
    assert "没有符合筛选的记录" in client.get("/audit/signins?q=zzz").content.decode()
    assert client.get("/audit/signins?outcome=%27&days=x&page=-1").status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signin_signinevent SET outcome = 'entered'",
        "DELETE FROM signin_signinevent",
        "TRUNCATE signin_signinevent",
    ],
)
def test_the_application_cannot_change_the_log(statement: str) -> None:
    wrong(make_user("county", make_authority("140105")), "10.1.0.1")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert SigninEvent.objects.get().outcome == "wrong"
