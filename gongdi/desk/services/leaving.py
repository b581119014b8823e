"""离任移交与停用：一个动作终止本单位的全部身份，在办事项交给指定的同事；长期未用的账号自动停用。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from gongdi.desk.handover import Handovers, OpenWork
from gongdi.desk.models import Invitation
from gongdi.desk.units import Unit, manages, unit_of
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.policy import UNUSED_DAYS, PolicySet
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Membership, User
from gongdi.orgs.queries import installation_scope, memberships_on
from gongdi.orgs.signin import sessions

SYSTEM = Membership.Duty.SYSTEM


class NotHere(GongdiError):
    """这个人在本单位没有有效的身份。"""


class NotYourself(GongdiError):
    """不能给自己办离任，请由本单位另一位系统管理员或上一级办理。"""


class TakerMissing(GongdiError):
    """还有在办事项，请先选接手的同事。"""


class TakerWrong(GongdiError):
    """接手的人应是本单位在职的另一个人，并且不是只读账号。"""


class LastAdministrator(GongdiError):
    """离任后本单位就没有系统管理员了，请选一位没有其他管理职责的同事接手。"""


class ReasonMissing(GongdiError):
    """请写明原因。"""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves which unit (离任), who takes over, why."""

    user: User
    about: Unit
    taker: User | None
    reason: str


@dataclass(frozen=True, slots=True)
class Left:
    """Result: memberships ended, work handed over, whether the account itself was closed."""

    ended: int
    moved: int
    closed: bool


def in_hand(user: User, about: Unit, handovers: Handovers, now: datetime) -> list[OpenWork]:
    """Open work of the person in the unit, only kinds with any."""
    found = [part.open_work(user, about, now) for part in handovers]
    return [work for work in found if work.count]


def leave(*, what: Leaving, handovers: Handovers, by: Scope, now: datetime) -> Left:
    """End every membership of the person in the unit at once and hand over the open work (离任移交)."""
    if not manages(by, what.about):
        raise NotAllowed
    if what.user.id == by.user_id:
        raise NotYourself
    if not what.reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        held = list(_held(what).select_for_update(of=("self",)))
        if not held:
            raise NotHere
        _check_taker(what)
        work = in_hand(what.user, what.about, handovers, now)
        if work and what.taker is None:
            raise TakerMissing(
                f"还有{'、'.join(f'{one.label} {one.count} 件' for one in work)}，请先选接手的同事。"
            )
        moved = _move(what, handovers, by, now)
        _end(held, what, by, now)
        _pass_duty(held, what)
        closed = _close_account(what.user, now)
        facts = {
            "unit": what.about.name,
            "memberships": [one.id for one in held],
            "taker": what.taker.display_name if what.taker else "",
            "moved": moved,
            "account_closed": closed,
        }
        about = About("orgs.user", what.user.ref, name=what.user.display_name)
        record(act="membership.left", about=about, facts=facts, by=by, now=now, reason=what.reason.strip())
    return Left(len(held), moved, closed)


def enable(*, user: User, about: Unit, reason: str, by: Scope, now: datetime) -> None:
    """Open a closed account again (恢复账号); its memberships are as they were."""
    _decided(user, about, reason, by)
    with transaction.atomic():
        User.objects.filter(id=user.id).update(
            is_active=True, enabled_at=now, disabled_at=None, disabled_why=""
        )
        _recorded("account.enabled", user, reason, by, now)


def disable(*, user: User, about: Unit, reason: str, by: Scope, now: datetime) -> None:
    """Close an account at once (停用账号): it is signed out everywhere."""
    _decided(user, about, reason, by)
    if user.id == by.user_id:
        raise NotYourself("不能停用自己的账号。")
    if _is_last(user, about):
        raise LastAdministrator("这是本单位唯一的系统管理员，请先指定另一位。")
    with transaction.atomic():
        _shut(user, reason.strip(), now)
        _recorded("account.disabled", user, reason, by, now)


def disable_unused(*, now: datetime, policy: PolicySet) -> int:
    """Close accounts nobody has signed in with for the days of the policy (长期未用自动停用); how many.

    The only system administrator of a body is left: nobody below could open it again.
    """
    days = policy.get(UNUSED_DAYS, shanghai_day(now))
    closed = 0
    for user in unused(now, days).order_by("id"):
        with transaction.atomic():
            held = User.objects.select_for_update().get(id=user.id)
            if not held.is_active or _only_administrator(held):
                continue
            _shut(held, f"{days} 天未登录", now)
            _recorded("account.unused_disabled", held, f"{days} 天未登录", installation_scope(), now)
        closed += 1
    return closed


def unused(now: datetime, days: int) -> QuerySet[User]:
    """Active accounts without a sign-in, an opening or a re-opening in the last `days` days."""
    since = now - timedelta(days=days)
    return User.objects.filter(
        Q(last_login__lt=since) | Q(last_login=None),
        Q(enabled_at__lt=since) | Q(enabled_at=None),
        is_active=True,
        created_at__lt=since,
    )


def _held(what: Leaving) -> QuerySet[Membership]:
    return Membership.objects.filter(what.about.condition(), user=what.user, ended_at__isnull=True)


def _check_taker(what: Leaving) -> None:
    if what.taker is None:
        return
    able = what.about.members().filter(user=what.taker, user__is_active=True, read_only=False)
    if what.taker.id == what.user.id or not able.exists():
        raise TakerWrong


def _move(what: Leaving, handovers: Handovers, by: Scope, now: datetime) -> int:
    if what.taker is None:
        return 0
    return sum(
        part.move(giver=what.user, taker=what.taker, about=what.about, by=by, now=now) for part in handovers
    )


def _end(held: list[Membership], what: Leaving, by: Scope, now: datetime) -> None:
    keys = [one.id for one in held]
    wanted = Q(id__in=keys) | Q(deputy_of_id__in=keys)
    Membership.objects.filter(wanted, ended_at__isnull=True).update(
        ended_at=now, ended_by_id=by.user_id, end_reason=what.reason.strip()[:200]
    )


def _pass_duty(held: list[Membership], what: Leaving) -> None:
    """The duty of system administrator must not be lost with the person who had it."""
    if not any(one.duty == SYSTEM for one in held):
        return
    if what.about.members().filter(duty=SYSTEM, user__is_active=True).exists():
        return
    taker = None if what.taker is None else what.about.members().filter(user=what.taker).first()
    busy = taker is not None and (
        Membership.objects.filter(user=taker.user, ended_at__isnull=True).exclude(duty="").exists()
    )
    if taker is None or busy:
        raise LastAdministrator
    Membership.objects.filter(id=taker.id).update(duty=SYSTEM)


def _close_account(user: User, now: datetime) -> bool:
    """Without any identity left the account is closed; otherwise it goes on with the others."""
    if memberships_on(user.id, shanghai_day(now)).exists():
        return False
    _shut(user, "离任", now)
    return True


def _shut(user: User, why: str, now: datetime) -> None:
    User.objects.filter(id=user.id).update(is_active=False, disabled_at=now, disabled_why=why[:200])
    Invitation.objects.filter(user=user, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    sessions.end_all(user=user, but="", now=now)


def _decided(user: User, about: Unit, reason: str, by: Scope) -> None:
    if not manages(by, about) or not about.members().filter(user=user).exists():
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing


def _is_last(user: User, about: Unit) -> bool:
    holders = about.members().filter(duty=SYSTEM, user__is_active=True)
    return holders.filter(user=user).exists() and not holders.exclude(user=user).exists()


def _only_administrator(user: User) -> bool:
    own = Membership.objects.filter(user=user, duty=SYSTEM, ended_at__isnull=True).select_related(
        "authority", "enterprise"
    )
    return any(_is_last(user, unit_of(one)) for one in own)


def _recorded(act: str, user: User, reason: str, by: Scope, now: datetime) -> None:
    about = About("orgs.user", user.ref, name=user.display_name)
    record(act=act, about=about, facts={}, by=by, now=now, reason=reason.strip())
