"""开通账号与激活码：系统管理员给本单位和下一级的人开户，本人凭手机号激活。"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from gongdi.desk.models import Invitation
from gongdi.desk.units import Unit, manages, roles_for
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.policy import INVITATION_DAYS, READER_DAYS, PolicySet, division_prefix
from gongdi.kernel.scope import Scope
from gongdi.orgs import personal
from gongdi.orgs.models import Authority, Enterprise, Membership, Person, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.rules import id_card_valid
from gongdi.orgs.services.accounts import NewMember, grant
from gongdi.orgs.signin import passwords

NO_PROJECTS: frozenset[int] = frozenset()
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 12


class PhoneWrong(GongdiError):
    """手机号应为 11 位，以 1 开头，请核对。"""


class IdCardWrong(GongdiError):
    """身份证号的日期或校验位不对，请照证件核对 18 位。"""


class OtherName(GongdiError):
    """这个手机号已登记在另一个姓名下，请核对手机号和姓名。"""


class OtherIdCard(GongdiError):
    """登记的身份证号与这个手机号原来登记的不一致，请核对。"""


class AlreadyMember(GongdiError):
    """这个人在本单位已有同样的身份，不用再开。"""


class TwoDuties(GongdiError):
    """系统、安全、审计管理员不能由同一人担任，请另选一人，或先撤下原来的职责。"""


class RoleWrong(GongdiError):
    """所选身份与单位的类别不符，请重新选择。"""


class DatesWrong(GongdiError):
    """截止日期早于起始日期，请核对。"""


class ReaderTooLong(GongdiError):
    """只读账号要有截止日期，并且不能超过规定的天数。"""


class OutsideDivision(GongdiError):
    """限定的区划不在本单位辖区内，请重新选择。"""


class CodeGone(GongdiError):
    """激活码不对、已作废或已过期，请向本单位的系统管理员要一张新的。"""


class CodeUsed(GongdiError):
    """这张激活码已经用过，账号已激活，请直接登录。"""


class PhoneOther(GongdiError):
    """手机号与登记的不一致，请填单位登记的那个手机号。"""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who is meant: name, mobile number, identity number where the unit knows it."""

    name: str
    phone: str
    id_card: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The account and its membership; the code to activate it, empty when it is in use already."""

    user: User
    membership: Membership
    code: str


def open_account(
    *,
    person: NewPerson,
    member: NewMember,
    by: Scope,
    now: datetime,
    policy: PolicySet,
    projects: frozenset[int] = NO_PROJECTS,
) -> Opened:
    """Open an account (开户) with one membership, or give a person known by the telephone one more.

    `projects` are those for which the enterprise answers; they live on the floor above and are handed in.
    """
    about = _unit(member)
    if not manages(by, about) or (about.employer_id and about.project_id not in projects):
        raise NotAllowed
    _check_member(member, about, now, policy)
    return open_granted(person=person, member=member, by=by, now=now, policy=policy)


def open_granted(
    *, person: NewPerson, member: NewMember, by: Scope, now: datetime, policy: PolicySet
) -> Opened:
    """As `open_account` for a verb that has decided by itself that the account is due (企业注册通过)."""
    try:
        with transaction.atomic():
            user = _user(_person(person, now))
            membership = grant(user, member)
            code = "" if user.has_usable_password() else _invite(user, by, now, policy)
            record(
                act="account.opened",
                about=_about(user),
                facts=_facts(membership),
                by=by,
                now=now,
            )
    except IntegrityError as error:
        raise _refusal(str(error)) from None
    return Opened(user, membership, code)


def invite_again(*, user: User, about: Unit, by: Scope, now: datetime, policy: PolicySet) -> str:
    """A new code (激活码) for an account not activated yet, or whose owner forgot the password; the old one ends."""
    if not manages(by, about) or not about.members().filter(user=user).exists():
        raise NotAllowed
    with transaction.atomic():
        code = _invite(user, by, now, policy)
        record(act="account.invited", about=_about(user), facts={"unit": about.name}, by=by, now=now)
    return code


def activate(*, code: str, phone: str, password: str, now: datetime, policy: PolicySet) -> User:
    """Activate an account (激活): the code once, before its end, with the registered telephone."""
    with transaction.atomic():
        held = _held(code, now, lock=True)
        user = held.user
        index = personal.blind_index("phone", personal.plain_phone(phone))
        if user.person is None or not secrets.compare_digest(user.person.phone_index, index):
            raise PhoneOther
        passwords.change(user, password, policy=policy, now=now)
        held.used_at = now
        held.save(update_fields=["used_at"])
        own = scope_of(user, shanghai_day(now))
        record(act="account.activated", about=_about(user), facts={}, by=own, now=now)
    return user


def open_invitation(code: str, now: datetime) -> Invitation:
    """The invitation of a code while it can be used; CodeUsed or CodeGone otherwise."""
    return _held(code, now, lock=False)


def plain_code(typed: str) -> str:
    """A code as typed from paper: upper case, without blanks and hyphens."""
    return "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)[:40]


def shown_code(code: str) -> str:
    """A code in groups of four, to read and to type."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def digest(code: str) -> str:
    """What is stored of a code to find it by."""
    return hashlib.sha256(code.encode()).hexdigest()


def new_code() -> str:
    """Twelve letters and digits without those mistaken for each other (60 bits)."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def _held(code: str, now: datetime, *, lock: bool) -> Invitation:
    rows = Invitation.objects.select_related("user__person")
    if lock:
        rows = rows.select_for_update(of=("self",))
    held = rows.filter(digest=digest(plain_code(code))).first()
    if held is None or held.withdrawn_at is not None or not held.user.is_active:
        raise CodeGone
    if held.used_at is not None:
        raise CodeUsed
    if now >= held.until:
        raise CodeGone
    return held


def _invite(user: User, by: Scope, now: datetime, policy: PolicySet) -> str:
    Invitation.objects.filter(user=user, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    code = new_code()
    days = policy.get(INVITATION_DAYS, shanghai_day(now))
    Invitation.objects.create(
        user=user,
        digest=digest(code),
        sealed=personal.seal(code),
        made_by_id=by.user_id,
        made_at=now,
        until=now + timedelta(days=days),
    )
    return code


def _person(new: NewPerson, now: datetime) -> Person:
    phone = personal.plain_phone(new.phone)
    if not phone:
        raise PhoneWrong
    id_card = new.id_card.strip().upper()
    if id_card and not id_card_valid(id_card, shanghai_day(now)):
        raise IdCardWrong
    index = personal.blind_index("phone", phone)
    id_index = personal.blind_index("id", id_card) if id_card else ""
    known = Person.objects.select_for_update().filter(phone_index=index).first()
    if known is None:
        return Person.objects.create(
            name=new.name.strip(),
            phone_masked=personal.masked_phone(phone),
            phone_index=index,
            phone_sealed=personal.seal(phone),
            id_last4=id_card[-4:],
            id_index=id_index,
            created_at=now,
        )
    if known.name != new.name.strip():
        raise OtherName
    if id_index and known.id_index and known.id_index != id_index:
        raise OtherIdCard
    if id_index and not known.id_index:
        known.id_last4, known.id_index = id_card[-4:], id_index
        known.save(update_fields=["id_last4", "id_index"])
    return known


def _user(person: Person) -> User:
    """The account of a person: one, whatever identities he has; a new one has no password yet."""
    known = User.objects.filter(person=person).first()
    if known is not None:
        return known
    user = User(username=f"u{secrets.randbelow(10**10):010d}", display_name=person.name, person=person)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def _unit(member: NewMember) -> Unit:
    authority = Authority.objects.filter(id=member.authority_id or 0).first()
    enterprise = Enterprise.objects.filter(id=member.enterprise_id or 0).first()
    return Unit(authority, enterprise, member.project_id, member.project_name, member.employer_id)


def _check_member(member: NewMember, about: Unit, now: datetime, policy: PolicySet) -> None:
    if member.role not in roles_for(about):
        raise RoleWrong
    if member.valid_to is not None and member.valid_to < member.valid_from:
        raise DatesWrong
    days = policy.get(READER_DAYS, shanghai_day(now))
    if member.read_only and (member.valid_to is None or (member.valid_to - shanghai_day(now)).days > days):
        raise ReaderTooLong(f"只读账号要有截止日期，最长 {days} 天。")
    if member.limit_division:
        own = "" if about.authority is None else division_prefix(about.authority.division_id)
        if not own or not member.limit_division.startswith(own):
            raise OutsideDivision


def _about(user: User) -> About:
    return About("orgs.user", user.ref, name=user.display_name)


def _facts(membership: Membership) -> dict[str, object]:
    return {
        "role": membership.role,
        "unit": str(membership.authority or membership.enterprise or membership.project_name),
        "post": membership.post,
        "duty": membership.duty,
        "read_only": membership.read_only,
        "limit_division": membership.limit_division,
        "valid_from": membership.valid_from.isoformat(),
        "valid_to": membership.valid_to.isoformat() if membership.valid_to else None,
    }


def _refusal(error: str) -> GongdiError:
    for name, refusal in (
        ("membership_once", AlreadyMember),
        ("membership_one_administrator_duty", TwoDuties),
        ("person_phone_once", OtherName),
        ("person_id_once", OtherIdCard),
    ):
        if name in error:
            return refusal()
    return GongdiError("没有保存，刚有别人改动了同一个人的信息，请核对后再试。")
