"""只读账号：限定到一个市、有截止日期，什么都提交不了；范围不因限定而变大。"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from gongdi.desk.services import opening
from gongdi.kernel.scope import NOTHING, Role
from gongdi.orgs.models import Membership, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import grant
from gongdi.web.guard import READERS_MAY
from tests.builders import TODAY, make_user
from tests.desk.chain import Chain, make_chain, member_of, open_one

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


def reader_of(chain: Chain, code: str, limit: str = "", days: int = 30) -> User:
    member = member_of(
        chain.bodies[code], read_only=True, limit_division=limit, valid_to=TODAY + timedelta(days=days)
    )
    return open_one(chain.by(code), member).user


@pytest.mark.parametrize(
    ("code", "limit", "role", "prefix"),
    [
        ("140000", "", Role.PROVINCE, "14"),
        ("140000", "140100", Role.CITY, "1401"),
        ("140000", "140105", Role.COUNTY, "140105"),
        ("140100", "140105", Role.COUNTY, "140105"),
        ("140105", "140105", Role.COUNTY, "140105"),
    ],
)
def test_a_limit_narrows_the_scope_and_the_role(
    chain: Chain, code: str, limit: str, role: Role, prefix: str
) -> None:
    scope = scope_of(reader_of(chain, code, limit), TODAY)
    assert (scope.role, scope.division_prefixes, scope.read_only) == (role, (prefix,), True)
    assert scope.authority_id == chain.bodies[code].id


@pytest.mark.parametrize(("code", "limit"), [("140100", "140213"), ("140105", "140106"), ("140105", "14")])
def test_a_limit_outside_the_body_is_refused(chain: Chain, code: str, limit: str) -> None:
    with pytest.raises(opening.OutsideDivision):
        reader_of(chain, code, limit)


def test_a_limit_that_got_into_the_table_all_the_same_shows_nothing(chain: Chain) -> None:
    person = make_user(None)
    grant(person, member_of(chain.bodies["140105"], limit_division="140106"))
    assert scope_of(person, TODAY).is_empty
    assert scope_of(person, TODAY) != NOTHING


def test_a_reader_has_an_end(chain: Chain) -> None:
    by, body = chain.by("140000"), chain.bodies["140000"]
    for until in (None, TODAY + timedelta(days=91)):
        with pytest.raises(opening.ReaderTooLong, match="最长 90 天"):
            open_one(by, member_of(body, read_only=True, valid_to=until))
    person = reader_of(chain, "140000", days=90)
    assert not scope_of(person, TODAY + timedelta(days=90)).is_empty
    assert scope_of(person, TODAY + timedelta(days=91)).is_empty


def test_the_form_makes_a_reader_of_one_city_for_thirty_days(chain: Chain) -> None:
    """A18：打开表单、填姓名手机号、选市、提交，日期默认 30 天。"""
    client = Client()
    client.force_login(chain.admins["140000"])
    where = reverse("person-new-reader")
    page = client.get(where).content.decode()
    until = (TODAY + timedelta(days=30)).isoformat()
    assert 'name="limit"' in page
    filled = {"name": "乔知远", "phone": "19900000001", "limit": "140100", "valid_to": until}
    done = client.post(where, filled)
    row = Membership.objects.get(user__display_name="乔知远")
    assert done.headers["Location"] == reverse("person-slip", args=[row.user.ref])
    assert (row.read_only, row.limit_division, str(row.valid_to)) == (True, "140100", until)
    slip = client.get(done.headers["Location"])
    assert "激活二维码" in slip.content.decode()
    assert "no-store" in slip.headers["Cache-Control"]


def test_a_reader_posts_nothing_anywhere(chain: Chain) -> None:
    """每一个地址都试着提交：要么是公开页、要么是本人的事，其余一律 403。"""
    person = reader_of(chain, "140105")
    client = Client(raise_request_exception=False)
    client.force_login(person)
    refused = 0
    for pattern in every(get_resolver().url_patterns):
        if getattr(pattern.callback, "public", False) or pattern.name in READERS_MAY:
            continue
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(address(pattern))
            assert answer.status_code == 403, (method, pattern.name)
            assert "只能查看" in answer.content.decode()
        refused += 1
    assert refused > 40


def test_a_reader_may_look_and_look_after_the_own_account(chain: Chain) -> None:
    person = reader_of(chain, "140105")
    client = Client()
    client.force_login(person)
    assert client.get(reverse("people")).status_code == 200
    assert client.get(reverse("person-new")).status_code == 404
    assert client.post(reverse("account-password"), {}).status_code != 403
    assert client.post(reverse("signout")).status_code == 302


def every(patterns: Sequence[object]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found += every(one.url_patterns)
        elif isinstance(one, URLPattern) and one.name:
            found.append(one)
    return found


def address(pattern: URLPattern) -> str:
    samples = {"uuid": "01890000-0000-7000-8000-000000000000", "int": 1, "slug": "dust", "str": "x"}
    kinds = {
        name: type(converter).__name__.removesuffix("Converter").lower()
        for name, converter in pattern.pattern.converters.items()
    }
    values = {name: samples.get(kind, "dust") for name, kind in kinds.items()}
    return reverse(str(pattern.name), kwargs=values)
