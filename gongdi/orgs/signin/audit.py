"""登录记录的审计：审计管理员看本单位和下级的人怎么登录的，别人看不到。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from gongdi.kernel.errors import NotAllowed
from gongdi.kernel.scope import Role, Scope
from gongdi.orgs.models import Authority, Membership
from gongdi.orgs.signin.models import SigninEvent

FAILURES = ("wrong", "wrong_code", "locked")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the auditor looks for: words, outcome (`failed` for all failures), days back."""

    words: str = ""
    outcome: str = ""
    days: int = 7


def may_audit(scope: Scope) -> bool:
    """Whether the scope is that of an audit administrator (审计管理员)."""
    return scope.duty == Membership.Duty.AUDIT


def lines(wanted: Wanted, *, by: Scope, now: datetime) -> QuerySet[SigninEvent]:
    """Lines of the log inside the scope, newest first; NotAllowed for everybody but the audit administrator.

    The province sees everything, also names of no account; a city or county the people of the bodies of
    its kind in its division; an enterprise its own people.
    """
    if not may_audit(by):
        raise NotAllowed("登录记录由审计管理员查看，本人的记录在「我的账号」。")
    found = SigninEvent.objects.filter(at__gt=now - timedelta(days=wanted.days)).select_related("user")
    if by.role is not Role.PROVINCE:
        found = found.filter(Exists(_people(by).filter(user_id=OuterRef("user_id"))))
    if wanted.outcome == "failed":
        found = found.filter(outcome__in=FAILURES)
    elif wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    if wanted.words:
        named = Q(user__username__icontains=wanted.words) | Q(user__display_name__icontains=wanted.words)
        found = found.filter(named | Q(address__startswith=wanted.words))
    return found


def _people(by: Scope) -> QuerySet[Membership]:
    if by.enterprise_id is not None:
        return Membership.objects.filter(enterprise_id=by.enterprise_id)
    under = Q()
    for prefix in by.division_prefixes:
        under |= Q(authority__division__code__startswith=prefix)
    if not under:
        return Membership.objects.none()
    kind = Authority.objects.filter(id=by.authority_id or 0).values("kind")
    return Membership.objects.filter(under, authority__kind__in=kind)
