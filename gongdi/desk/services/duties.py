"""管理职责、代理与显示个人信息。"""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from gongdi.desk.services.leaving import LastAdministrator, ReasonMissing
from gongdi.desk.services.opening import AlreadyMember, TwoDuties
from gongdi.desk.units import manages, may_see, unit_of
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.policy import DEPUTY_DAYS, PolicySet
from gongdi.kernel.scope import Scope
from gongdi.orgs import personal
from gongdi.orgs.models import Membership, User
from gongdi.orgs.services.accounts import NewMember, grant

SYSTEM = Membership.Duty.SYSTEM


class DeputyWrong(GongdiError):
    """代理人应是同一单位在职的另一个人，并且不是只读账号。"""


class DeputyDates(GongdiError):
    """代理要有起止日期，截止不早于起始，也不能超过规定的天数。"""


class NothingToShow(GongdiError):
    """没有登记手机号。"""


def set_duty(*, membership: Membership, duty: str, by: Scope, now: datetime) -> None:
    """Give or take one of the three separated duties (三员); the database keeps one per person."""
    about = unit_of(membership)
    if not manages(by, about):
        raise NotAllowed
    try:
        with transaction.atomic():
            held = Membership.objects.select_for_update(of=("self",)).get(
                id=membership.id, ended_at__isnull=True
            )
            before, held.duty = held.duty, duty
            held.save(update_fields=["duty"])
            if before == SYSTEM and not about.members().filter(duty=SYSTEM, user__is_active=True).exists():
                raise LastAdministrator("撤下后本单位就没有系统管理员了，请先指定另一位。")
            facts = {"unit": about.name, "before": before, "after": duty}
            record(act="membership.duty_set", about=_about(held.user), facts=facts, by=by, now=now)
    except IntegrityError:
        raise TwoDuties from None


def name_deputy(
    *,
    membership: Membership,
    deputy: User,
    dates: tuple[date, date],
    by: Scope,
    now: datetime,
    policy: PolicySet,
) -> Membership:
    """Name a deputy (代理人) with dates; named by the person himself or the system administrator of the unit."""
    about = unit_of(membership)
    if by.read_only or not (membership.id == by.membership_id or manages(by, about)):
        raise NotAllowed
    first, last = dates
    days = policy.get(DEPUTY_DAYS, shanghai_day(now))
    if last < first or (last - first).days >= days:
        raise DeputyDates(f"代理的截止日期不能早于起始日期，最长 {days} 天。")
    able = about.members().filter(user=deputy, user__is_active=True, read_only=False)
    if deputy.id == membership.user_id or not able.exists():
        raise DeputyWrong
    try:
        with transaction.atomic():
            named = grant(deputy, _standing_in(membership, first, last))
            facts = {
                "unit": about.name,
                "deputy": deputy.display_name,
                "from": first.isoformat(),
                "until": last.isoformat(),
            }
            about_whom = _about(membership.user)
            record(act="membership.deputy_named", about=about_whom, facts=facts, by=by, now=now)
    except IntegrityError:
        raise AlreadyMember("这个人从同一天起已有同样的身份，请换一个起始日期。") from None
    return named


def unmask(*, user: User, reason: str, by: Scope, now: datetime) -> str:
    """Telephone of a person in clear (显示个人信息), against a reason that is kept for good."""
    held = Membership.objects.filter(user=user).select_related("authority", "enterprise")
    if by.read_only or not any(may_see(by, unit_of(one)) for one in held):
        raise NotAllowed
    if len(reason.strip()) < 2:
        raise ReasonMissing("请写明查看的原因，至少两个字。")
    if user.person is None or not user.person.phone_sealed:
        raise NothingToShow
    with transaction.atomic():
        phone = personal.unseal(user.person.phone_sealed)
        facts = {"what": "phone"}
        record(act="person.unmasked", about=_about(user), facts=facts, by=by, now=now, reason=reason.strip())
    return phone


def _standing_in(membership: Membership, first: date, last: date) -> NewMember:
    return NewMember(
        role=membership.role,
        valid_from=first,
        valid_to=last,
        authority_id=membership.authority_id,
        enterprise_id=membership.enterprise_id,
        project_id=membership.project_id,
        project_name=membership.project_name,
        employer_id=membership.employer_id,
        limit_division=membership.limit_division,
        post=f"代理 {membership.user.display_name} {membership.post}".strip()[:60],
        deputy_of_id=membership.id,
    )


def _about(user: User) -> About:
    return About("orgs.user", user.ref, name=user.display_name)
