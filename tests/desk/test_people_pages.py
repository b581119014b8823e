"""单位与人员的页面：看得到本单位和下级，旁的单位打不开；每页查询次数不随人数增长。"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongdi.desk import queries
from gongdi.desk.services import leaving
from gongdi.desk.units import Unit
from gongdi.orgs.models import Authority, Membership, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import grant
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user
from tests.desk.chain import Chain, make_admin, make_chain, member_of, open_one, site_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("administrator", "unit", "status"),
    [
        ("140000", "140100", 200),
        ("140000", "140213", 200),
        ("140100", "140105", 200),
        ("140100", "140213", 404),
        ("140105", "140106", 404),
        ("140105", "140100", 404),
    ],
)
def test_which_units_may_be_looked_at(chain: Chain, administrator: str, unit: str, status: int) -> None:
    client = client_of(chain.admins[administrator])
    assert client.get(reverse("unit", args=[chain.bodies[unit].ref])).status_code == status
    person = reverse("person", args=[chain.admins[unit].ref])
    assert client.get(person).status_code == status


@pytest.mark.parametrize(
    ("administrator", "unit", "status"),
    [
        ("140000", "140100", 200),
        ("140000", "140213", 404),
        ("140100", "140105", 200),
        ("140100", "140213", 404),
        ("140105", "140106", 404),
    ],
)
def test_in_which_units_accounts_are_opened(chain: Chain, administrator: str, unit: str, status: int) -> None:
    """看得到不等于管得着：省厅看得到县局的人，给县局开户的是市局。"""
    client = client_of(chain.admins[administrator])
    for name in ("person-new", "person-new-reader"):
        where = f"{reverse(name)}?unit={chain.bodies[unit].ref}"
        assert client.get(where).status_code == status
        assert client.post(where, {"name": "x"}).status_code == (422 if status == 200 else 404)
    assert client.get(reverse("unit-slips", args=[chain.bodies[unit].ref])).status_code == status
    assert client.get(reverse("person-new") + "?unit=no-key").status_code == 404


def test_the_page_says_who_is_who_and_until_when(chain: Chain) -> None:
    opened = open_one(chain.by("140105"), member_of(chain.bodies["140105"], post="扬尘专管员"))
    client = client_of(chain.admins["140105"])
    waiting = client.get(reverse("people") + "?state=waiting").content.decode()
    assert "乔知远" in waiting
    assert "扬尘专管员" in waiting
    assert "激活单 1 张" in waiting
    assert "乔知远" not in client.get(reverse("people")).content.decode()
    assert "系统管理员" in client.get(reverse("people")).content.decode()
    found = client.get(reverse("people") + "?state=all&q=扬尘").content.decode()
    assert "乔知远" in found
    assert chain.admins["140105"].display_name not in found.split("<main")[1]
    assert opened.code not in found


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "在用"),
        ({"valid_to": TODAY}, "剩 1 天"),
        ({"valid_to": TODAY + timedelta(days=6)}, "剩 7 天"),
        ({"valid_to": TODAY + timedelta(days=7)}, "在用"),
        ({"valid_to": TODAY - timedelta(days=1), "valid_from": TODAY - timedelta(days=9)}, "已到期"),
        ({"valid_from": TODAY + timedelta(days=1)}, "未到起始日"),
    ],
)
def test_the_word_of_a_state(chain: Chain, change: dict[str, object], word: str) -> None:
    person = make_user(None)
    row = grant(person, member_of(chain.bodies["140105"], **change))
    assert queries.state_of(row, TODAY)[1] == word


def test_a_closed_and_an_ended_identity_say_so(chain: Chain) -> None:
    person = make_user("county", chain.bodies["140105"])
    about = Unit(authority=chain.bodies["140105"])
    leaving.disable(user=person, about=about, reason="手机丢失", by=chain.by("140105"), now=NOW)
    client = client_of(chain.admins["140105"])
    assert "账号已停用：手机丢失" in client.get(reverse("person", args=[person.ref])).content.decode()
    assert person.display_name in client.get(reverse("people") + "?state=off").content.decode()
    row = Membership.objects.select_related("user").get(user=person)
    row.ended_at = NOW
    assert queries.state_of(row, TODAY)[1] == "已终止"


def test_an_enterprise_sees_its_site_people_and_opens_accounts_on_its_projects(chain: Chain) -> None:
    """C7：企业管理员给项目部开户，出二维码。"""
    firm, other = make_enterprise(), make_enterprise()
    project, foreign = make_project(contractor=firm), make_project(contractor=other)
    client = client_of(make_admin("enterprise", firm))
    page = client.get(reverse("person-new")).content.decode()
    assert project.name in page
    assert foreign.name not in page
    filled = {"name": "任临风", "phone": "19900000901", "post": "项目安全员", "project": str(project.id)}
    done = client.post(reverse("person-new"), filled)
    row = Membership.objects.get(user__display_name="任临风")
    assert (row.role, row.project_id, row.employer_id) == ("site", project.id, firm.id)
    assert "激活二维码" in client.get(done.headers["Location"]).content.decode()
    assert client.get(reverse("person", args=[row.user.ref])).status_code == 200
    assert client.get(reverse("person-leave", args=[row.user.ref])).status_code == 200
    assert "任临风" in client.get(reverse("people") + "?state=waiting").content.decode()
    wrong = client.post(reverse("person-new"), filled | {"project": str(foreign.id), "phone": "19900000902"})
    assert wrong.status_code == 422
    stranger = client_of(make_admin("enterprise", other))
    assert stranger.get(reverse("person", args=[row.user.ref])).status_code == 404


def test_people_of_one_site_see_each_other_only(chain: Chain) -> None:
    firm = make_enterprise()
    project = make_project(contractor=firm)
    first, second, away = make_user(None), make_user(None), make_user(None)
    grant(first, site_member(firm, project))
    grant(second, site_member(firm, project))
    grant(away, site_member(firm, make_project(contractor=firm)))
    client = client_of(first)
    page = client.get(reverse("people")).content.decode()
    assert f">{second.display_name}<" in page
    assert f">{away.display_name}<" not in page
    assert client.get(reverse("person", args=[away.ref])).status_code == 404
    assert client.get(reverse("person-new")).status_code == 404


def test_queries_do_not_grow_with_people_nor_with_bodies(chain: Chain) -> None:
    client = client_of(chain.admins["140100"])

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(reverse("people")).status_code == 200
        return len(found)

    count()
    before = count()
    for _ in range(5):
        make_user("city", chain.bodies["140100"])
        below = make_authority("140107")
        Authority.objects.filter(id=below.id).update(parent=chain.bodies["140100"])
        make_user("county", below)
    assert count() == before


def test_the_page_of_a_new_body_leads_to_its_first_account(chain: Chain) -> None:
    client = client_of(chain.admins["140100"])
    filled = {"kind": "HOUSING", "division": "140122", "name": "阳曲县住房和城乡建设局"}
    done = client.post(reverse("body-new"), filled)
    body = Authority.objects.get(name="阳曲县住房和城乡建设局")
    assert done.headers["Location"] == f"{reverse('person-new')}?unit={body.ref}"
    assert client.post(reverse("body-new"), filled).status_code == 422
    assert client_of(make_user("city", chain.bodies["140100"])).get(reverse("body-new")).status_code == 404


def test_three_identities_are_switched_in_two_clicks(chain: Chain) -> None:
    """C22：点头像、点身份，不用重新登录。"""
    person = make_user("county", chain.bodies["140105"])
    other = grant(person, member_of(chain.bodies["140106"]))
    client = client_of(person)
    page = client.get(reverse("people")).content.decode()
    assert f'name="membership" value="{other.id}"' in page
    assert client.post(reverse("act-as"), {"membership": other.id}).status_code == 302
    assert chain.bodies["140106"].name in client.get(reverse("people")).content.decode()
    assert scope_of(person, TODAY, other.id).authority_id == chain.bodies["140106"].id
