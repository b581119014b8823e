"""人员交接：前任到期次日、后任到任当日各自生效，中间不重不漏。"""

from datetime import date, timedelta
from typing import Any

import pytest

from gongdi.kernel.scope import NOTHING, Role
from gongdi.orgs.models import Authority
from gongdi.orgs.queries import choices_of, memberships_on, scope_of
from gongdi.orgs.services.accounts import NewMember, grant
from tests.builders import TODAY, make_authority, make_enterprise, make_project, make_user

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_the_successor_begins_the_day_after_the_predecessor_ends() -> None:
    project = make_project()
    before, after = make_user(None), make_user(None)
    grant(before, NewMember("site", date(2026, 1, 1), project_id=project.id, valid_to=LAST))
    grant(after, NewMember("site", LAST + timedelta(days=1), project_id=project.id))
    for offset in range(-2, 4):
        day = LAST + timedelta(days=offset)
        holders = [user for user in (before, after) if not scope_of(user, day).is_empty]
        assert holders == ([before] if offset <= 0 else [after]), day


def test_a_person_who_moves_keeps_only_the_new_place() -> None:
    """同一人从一个工地调到另一个工地，旧工地次日起看不到。"""
    old, new, person = make_project(), make_project(), make_user(None)
    grant(person, NewMember("site", date(2026, 1, 1), project_id=old.id, valid_to=LAST))
    grant(person, NewMember("site", date(2026, 7, 1), project_id=new.id))
    assert scope_of(person, LAST).project_ids == {old.id}
    assert scope_of(person, date(2026, 7, 1)).project_ids == {new.id}


def test_an_overlap_of_both_offices_is_chosen_and_not_added_up() -> None:
    first, second, person = make_project(), make_project(), make_user(None)
    grant(person, NewMember("site", date(2026, 1, 1), project_id=first.id, valid_to=LAST))
    later = grant(person, NewMember("site", date(2026, 6, 1), project_id=second.id))
    day = date(2026, 6, 15)
    assert scope_of(person, day).project_ids == {first.id}
    assert scope_of(person, day, later.id).project_ids == {second.id}
    assert [choice.id for choice in choices_of(person.id, day)][-1] == later.id


def test_an_ended_membership_cannot_be_named_back_to_life() -> None:
    body, person = make_authority("140100"), make_user(None)
    ended = grant(person, NewMember("city", date(2026, 1, 1), authority_id=body.id, valid_to=LAST))
    assert scope_of(person, LAST, ended.id).role is Role.CITY
    assert scope_of(person, LAST + timedelta(days=1), ended.id) == NOTHING


def test_a_body_that_was_dissolved_does_not_lock_out_who_also_serves_another() -> None:
    """机构撤并：旧局停用后，同一人在新局的身份照常可用，不用先去切换。"""
    old, new, person = make_authority("140105"), make_authority("140106"), make_user(None)
    grant(person, NewMember("county", date(2026, 1, 1), authority_id=old.id))
    kept = grant(person, NewMember("county", date(2026, 5, 1), authority_id=new.id))
    Authority.objects.filter(id=old.id).update(valid_to=LAST)
    scope = scope_of(person, LAST + timedelta(days=1))
    assert (scope.membership_id, scope.division_prefixes) == (kept.id, ("140106",))
    assert [choice.id for choice in choices_of(person.id, LAST + timedelta(days=1))] == [kept.id]


@pytest.mark.parametrize(
    ("starts", "ends", "in_force"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY + timedelta(days=1), None, False),
        (None, TODAY - timedelta(days=1), False),
    ],
)
def test_a_body_acts_in_its_own_days(starts: date | None, ends: date | None, in_force: bool) -> None:
    body = make_authority("140100")
    person = make_user("city", body)
    Authority.objects.filter(id=body.id).update(valid_from=starts, valid_to=ends)
    assert (not scope_of(person, TODAY).is_empty) is in_force
    assert memberships_on(person.id, TODAY).exists() is in_force


def test_choices_say_which_office_it_is() -> None:
    firm, person = make_enterprise("山西样本建设公司"), make_user(None)
    body = make_authority("140105", kind="URBAN", name="小店区城市管理局")
    project = make_project()
    grant(person, NewMember("enterprise", TODAY, enterprise_id=firm.id))
    grant(person, NewMember("urban", TODAY, authority_id=body.id))
    grant(person, NewMember("site", TODAY, project_id=project.id))
    assert [(one.role_name, one.subject) for one in choices_of(person.id, TODAY)] == [
        ("企业", "山西样本建设公司"),
        ("城市管理", "小店区城市管理局"),
        ("项目", "项目"),
    ]
