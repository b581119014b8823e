"""账号只在身份有效期内有范围；没有身份什么都看不到。"""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from gongdi.kernel.scope import ALL_KINDS, NOTHING, URBAN_KINDS, DataKind, Role, Scope
from gongdi.orgs.models import Authority, Membership
from gongdi.orgs.queries import choices_of, divisions_under, installation_scope, scope_of, subject_name
from gongdi.orgs.services.accounts import NewMember, grant
from tests.builders import TODAY, make_authority, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db


def test_without_membership_the_scope_is_empty() -> None:
    assert scope_of(make_user(None), TODAY) == NOTHING
    assert scope_of(AnonymousUser(), TODAY).is_empty
    assert not NOTHING.may_read(DataKind.DUST)


@pytest.mark.parametrize(
    ("role", "division", "prefix"),
    [("province", "140000", "14"), ("city", "140100", "1401"), ("county", "140105", "140105")],
)
def test_a_body_sees_its_division_by_prefix(role: str, division: str, prefix: str) -> None:
    body = make_authority(division)
    scope = scope_of(make_user(role, body), TODAY)
    assert (scope.role, scope.division_prefixes, scope.authority_id) == (role, (prefix,), body.id)
    assert scope.kinds == ALL_KINDS
    assert subject_name(scope) == body.name


def test_city_administration_reads_dust_but_no_documents() -> None:
    scope = scope_of(make_user("urban", make_authority("140105", kind="URBAN")), TODAY)
    assert scope.kinds == URBAN_KINDS
    assert scope.may_read(DataKind.DUST)
    assert not scope.may_read(DataKind.DOCUMENTS)
    assert not scope.may_read(DataKind.PEOPLE)
    assert not scope.may_read(DataKind.VIDEO_INNER)


def test_enterprise_and_site_have_no_division() -> None:
    firm, project = make_enterprise(), make_project()
    own = scope_of(make_user("enterprise", firm), TODAY)
    site = scope_of(make_user("site", project), TODAY)
    assert (own.enterprise_id, own.division_prefixes, own.project_ids) == (firm.id, (), frozenset())
    assert site.project_ids == {project.id}
    assert (site.division_prefixes, site.enterprise_id) == ((), None)


@pytest.mark.parametrize(
    ("first", "last", "seen"),
    [
        (date(2026, 11, 24), None, True),
        (date(2026, 11, 25), None, False),
        (date(2026, 1, 1), date(2026, 11, 24), True),
        (date(2026, 1, 1), date(2026, 11, 23), False),
    ],
)
def test_a_membership_counts_on_its_days_only(first: date, last: date | None, seen: bool) -> None:
    body, user = make_authority("140100"), make_user(None)
    grant(user, NewMember("city", first, authority_id=body.id, valid_to=last))
    assert (not scope_of(user, TODAY).is_empty) is seen


def test_a_closed_account_or_body_sees_nothing() -> None:
    body = make_authority("140100")
    user = make_user("city", body)
    Authority.objects.filter(id=body.id).update(valid_to=date(2026, 11, 23))
    assert scope_of(user, TODAY).is_empty
    Authority.objects.filter(id=body.id).update(valid_to=None)
    user.is_active = False
    user.save()
    assert scope_of(user, TODAY).is_empty


def test_one_membership_at_a_time() -> None:
    """依据一个身份行事：城管身份下读不到另一个身份的资料。"""
    user = make_user("county", make_authority("140105"))
    other = grant(
        user, NewMember("urban", date(2026, 1, 1), authority_id=make_authority("140200", kind="URBAN").id)
    )
    first, second = choices_of(user.id, TODAY)
    assert scope_of(user, TODAY).membership_id == first.id
    chosen = scope_of(user, TODAY, second.id)
    assert (second.id, chosen.division_prefixes, chosen.kinds) == (other.id, ("1402",), URBAN_KINDS)
    stranger = make_user("province", make_authority("140000"))
    assert scope_of(user, TODAY, scope_of(stranger, TODAY).membership_id).is_empty


def test_the_database_refuses_a_role_with_a_wrong_subject() -> None:
    user, body, firm = make_user(None), make_authority("140100"), make_enterprise()
    wrong = [
        NewMember("city", TODAY),
        NewMember("city", TODAY, enterprise_id=firm.id),
        NewMember("city", TODAY, authority_id=body.id, enterprise_id=firm.id),
        NewMember("enterprise", TODAY, authority_id=body.id),
        NewMember("site", TODAY, enterprise_id=firm.id),
        NewMember("minister", TODAY, authority_id=body.id),
        NewMember("city", TODAY, authority_id=body.id, valid_to=date(2026, 11, 1)),
    ]
    for member in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            grant(user, member)
    assert not Membership.objects.filter(user=user).exists()


@pytest.mark.django_db(transaction=True)
def test_a_site_membership_needs_an_existing_project() -> None:
    user = make_user(None)
    with pytest.raises(IntegrityError):
        grant(user, NewMember("site", TODAY, project_id=987654321))


def test_the_operator_has_the_whole_province() -> None:
    scope = installation_scope()
    assert (scope.role, scope.division_prefixes) == (Role.INSTALLATION, ("14",))
    assert divisions_under(scope).count() == 1 + 11 + 117 + 4


@pytest.mark.parametrize("prefix", ["", "1", "140", "14010", "1401051", "14%", "abcd"])
def test_a_prefix_that_would_see_too_much_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="区划前缀"):
        Scope(division_prefixes=(prefix,))
