"""登录后先要办的事：换掉别人设的密码、设置第二步验证；无操作多久退出。"""

from datetime import datetime, timedelta

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import (
    FACTOR_ROLES,
    IDLE_LOGOUT,
    IDLE_LOGOUT_BODY,
    LOCK_MINUTES,
    SIGNIN_TRIES,
    SOURCE_TRIES,
    PolicySet,
)
from gongdi.kernel.scope import AUTHORITY_ROLES
from gongdi.orgs.models import User
from gongdi.orgs.queries import memberships_on
from gongdi.orgs.signin import factors, passwords
from gongdi.orgs.tries import TryRules

PASSWORD_PAGE = "account-password"
FACTOR_PAGE = "account-factor"
MOST_IDLE = 12 * 60


def try_rules(policy: PolicySet, now: datetime) -> TryRules:
    """Limits of tries in force (登录尝试)."""
    day = shanghai_day(now)
    return TryRules(
        account=policy.get(SIGNIN_TRIES, day),
        source=policy.get(SOURCE_TRIES, day),
        lock=timedelta(minutes=policy.get(LOCK_MINUTES, day)),
    )


def roles_of(user_id: int, now: datetime) -> frozenset[str]:
    """Roles under which the person may act today."""
    return frozenset(memberships_on(user_id, shanghai_day(now)).values_list("role", flat=True))


def factor_is_due(user_id: int, policy: PolicySet, now: datetime) -> bool:
    """Whether one of the roles of the person demands a second factor (第二步验证).

    All of a body must; of enterprises only their administrators.
    """
    demanded = policy.get(FACTOR_ROLES, shanghai_day(now))
    held = memberships_on(user_id, shanghai_day(now)).values_list("role", "duty")
    return any(role in demanded and (role in AUTHORITY_ROLES or duty) for role, duty in held)


def first_of_all(user: User, policy: PolicySet, now: datetime) -> list[str]:
    """Names of the pages that come before every other one, in order."""
    pages = []
    if passwords.must_change(user.pk, policy, now):
        pages.append(PASSWORD_PAGE)
    if factor_is_due(user.pk, policy, now) and not factors.has_factor(user.pk):
        pages.append(FACTOR_PAGE)
    return pages


def idle_minutes(user_id: int, policy: PolicySet, now: datetime) -> int:
    """Minutes without any act after which the person is signed out."""
    official = roles_of(user_id, now) & AUTHORITY_ROLES
    found = policy.get(IDLE_LOGOUT_BODY if official else IDLE_LOGOUT, shanghai_day(now))
    return min(found, MOST_IDLE)
