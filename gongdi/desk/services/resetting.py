"""管理员重置登录：忘了密码、丢了手机的人，核实后清掉旧的，本人重新激活或重新设置。"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gongdi.desk.units import Unit, manages
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import About, record
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import User
from gongdi.orgs.signin import factors, log, sessions
from gongdi.orgs.signin.models import Outcome
from gongdi.orgs.signin.source import Source

PASSWORD, FACTOR = "password", "factor"
ACTS = {
    PASSWORD: ("account.password_reset", Outcome.PASSWORD_RESET),
    FACTOR: ("account.factor_cleared", Outcome.FACTOR_REMOVED),
}


class NoReason(GongdiError):
    """请写明怎样核实的本人，例如当面核对身份证。"""


class Oneself(GongdiError):
    """不能重置自己的登录，请找另一位管理员或上级部门。"""


@dataclass(frozen=True, slots=True)
class Reset:
    """What is cleared (`password` or `factor`), for whom in which unit, and how the person was checked."""

    kind: str
    user: User
    about: Unit
    reason: str


def reset(what: Reset, *, by: Scope, source: Source, now: datetime) -> None:
    """Clear a password or a second factor (重置登录); every session of the person ends.

    Nobody learns a password: the person activates again by telephone with a new slip (激活单).
    """
    user = what.user
    if not manages(by, what.about) or not what.about.members().filter(user=user).exists():
        raise NotAllowed
    if user.pk == by.user_id:
        raise Oneself
    if not what.reason.strip():
        raise NoReason
    act, outcome = ACTS[what.kind]
    with transaction.atomic():
        if what.kind == PASSWORD:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        else:
            factors.remove(user)
        ended = sessions.end_all(user=user, but="", now=now)
        log.write(log.Note(outcome, user), source=source, now=now)
        about = About("orgs.user", user.ref, name=user.display_name)
        facts = {"unit": what.about.name, "sessions_ended": ended}
        record(act=act, about=about, facts=facts, by=by, now=now, reason=what.reason.strip())
