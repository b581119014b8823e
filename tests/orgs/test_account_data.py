"""账号、企业、部门、区划的数据：数据库自己拒绝不合规的写法，中文说明在模型上。"""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from gongdi.kernel.scope import NOTHING, Scope
from gongdi.orgs.models import Authority, Division, Enterprise, Membership, User
from gongdi.orgs.queries import authority_name, divisions_under, subject_name
from gongdi.orgs.rules import uscc_valid
from tests.builders import PASSWORD, make_authority, make_enterprise, make_user, uscc

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["李明", "li ming", "-li", ".li", "li@x", "li\u200bming", ""])
def test_an_account_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(name, "李明", PASSWORD)


@pytest.mark.parametrize("name", ["li", "li.ming", "0351-li_ming"])
def test_an_account_name_of_the_form_is_kept(name: str) -> None:
    assert User.objects.create_user(name, "李明", PASSWORD).username == name


def test_names_differ_by_more_than_case() -> None:
    User.objects.create_user("LiMing", "李明", PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("liming ", "黎明", PASSWORD)
    assert User.objects.get_by_natural_key(" LIMING").display_name == "李明"


def test_the_password_is_stored_as_a_slow_hash_only() -> None:
    user = User.objects.create_user("liming", "李明", PASSWORD)
    assert user.password.startswith("argon2$argon2id$")
    assert PASSWORD not in user.password
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    "code", ["", "9114010012345678", "91140100MA0ITEX10M", "91140100ma0jtex10m", "91140100MA0JTEX10M1"]
)
def test_an_enterprise_needs_a_code_of_the_form(code: str) -> None:
    with pytest.raises(ValidationError, match=r"统一社会信用代码|不超过|不能为空"):
        Enterprise(name="某公司", uscc=code).full_clean()


def test_two_enterprises_never_share_a_code() -> None:
    firm = make_enterprise()
    with pytest.raises(IntegrityError), transaction.atomic():
        Enterprise.objects.create(name="另一家", uscc=firm.uscc)


def test_the_codes_of_the_tests_are_right_codes() -> None:
    assert all(uscc_valid(uscc(number)) for number in range(0, 400, 7))


@pytest.mark.parametrize("code", ["14010", "1401055", "14010a", "１40105"])
def test_a_division_code_has_six_digits(code: str) -> None:
    with pytest.raises(ValidationError, match=r"六位数字|不超过"):
        Division(code=code, name="某地").full_clean()


def test_wrong_membership_says_why_in_chinese() -> None:
    body, user = make_authority("140100"), make_user(None)
    wrong = Membership(user=user, role="enterprise", authority=body, valid_from="2026-01-01")
    with pytest.raises(ValidationError, match="身份与所属单位不一致"):
        wrong.full_clean()
    late = Membership(user=user, role="city", authority=body, valid_from="2026-02-01", valid_to="2026-01-31")
    with pytest.raises(ValidationError, match="截止日期早于起始日期"):
        late.full_clean()


def test_the_same_membership_is_not_entered_twice() -> None:
    body = make_authority("140100")
    user = make_user("city", body)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, role="city", authority=body, valid_from="2026-01-01")


@pytest.mark.parametrize(("level", "kind"), [("country", "HOUSING"), ("city", "POLICE")])
def test_a_body_is_of_a_known_level_and_kind(level: str, kind: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Authority.objects.create(name="某局", level=level, kind=kind, division_id="140100")


def test_nothing_that_history_needs_can_be_deleted() -> None:
    """区划、部门、企业、账号被引用后删不掉：旧账要能查到是谁。"""
    from django.db.models import ProtectedError

    body, firm = make_authority("140105"), make_enterprise()
    user, other = make_user("county", body), make_user("enterprise", firm)
    for row in (body, firm, user, other, Division.objects.get(code="140105")):
        with pytest.raises(ProtectedError):
            row.delete()


@pytest.mark.parametrize(
    ("prefixes", "count"),
    [(("14",), 133), (("1410",), 18), (("140105",), 1), (("140105", "140106"), 2), ((), 0)],
)
def test_divisions_to_choose_from(prefixes: tuple[str, ...], count: int) -> None:
    assert divisions_under(Scope(division_prefixes=prefixes)).count() == count


def test_who_acts_is_named_and_nobody_has_no_name() -> None:
    body, firm = make_authority("140100", name="太原市住建局"), make_enterprise("样本公司")
    assert subject_name(Scope(authority_id=body.id)) == "太原市住建局"
    assert subject_name(Scope(enterprise_id=firm.id)) == "样本公司"
    assert subject_name(NOTHING) == subject_name(Scope(project_ids=frozenset({1}))) == ""
    assert authority_name(987654) == authority_name(None) == ""
