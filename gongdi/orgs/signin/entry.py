"""登录的唯一入口：密码、第二步、扫码、统一身份都从这里进，会话在这里开始。"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import PolicySet
from gongdi.orgs.models import User
from gongdi.orgs.personal import blind_index, plain_phone
from gongdi.orgs.queries import active_user, choices_of
from gongdi.orgs.services.signin import TryVerdict, account_key, begin_try, end_try
from gongdi.orgs.signin import factors, log, sessions
from gongdi.orgs.signin.duty import first_of_all, idle_minutes, try_rules
from gongdi.orgs.signin.models import Outcome, SigninSession, Way
from gongdi.orgs.signin.source import source_of
from gongdi.orgs.tries import code_limits, password_limits

BACKEND = "django.contrib.auth.backends.ModelBackend"
MEMBERSHIP = "membership"
"""Key in the session of the membership acted under; read by the guard."""
ALLOWED_FIRST = frozenset({"account-password", "account-factor"})
OWN_PAGES = ALLOWED_FIRST | {
    "account",
    "account-codes",
    "account-factor-off",
    "account-session-end",
    "account-identity",
}
"""Pages about the own account: they need no membership."""
PENDING = "signin_second"
PENDING_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tried:
    """Result of one try: the account when it was right, else how many tries are left."""

    user: User | None
    verdict: TryVerdict


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody comes in: way, whether a second factor was shown, membership and unit wished for."""

    way: str
    factor: bool = False
    membership_id: int | None = None
    unit: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Instant and decided parameters of one request."""

    now: datetime
    policy: PolicySet


def account_of(typed: str) -> User | None:
    """Account of a user name or telephone (手机号) as typed, active or not."""
    phone = plain_phone(account_key(typed))
    if phone:
        found = User.objects.filter(person__phone_index=blind_index("phone", phone)).first()
        if found is not None:
            return found
    return User.objects.filter(username=account_key(typed)).first()


def try_password(request: HttpRequest, typed: str, password: str, at: Moment) -> Tried:
    """Count one try, then look at the password; the same work whether the account exists or not."""
    source, known = source_of(request), account_of(typed)
    key = account_key(typed) if known is None else known.username
    limits = password_limits(key, source.address, try_rules(at.policy, at.now))
    verdict = begin_try(limits, at.now)
    if not verdict.allowed:
        return Tried(None, verdict)
    user = authenticate(request, username=key, password=password)
    if isinstance(user, User):
        end_try(limits)
        return Tried(user, verdict)
    outcome = Outcome.WRONG if verdict.locked_until is None else Outcome.LOCKED
    log.write(log.Note(outcome, known, Way.PASSWORD, typed), source=source, now=at.now)
    return Tried(None, verdict)


def try_both(request: HttpRequest, typed: str, password: str, code: str, at: Moment) -> Tried:
    """Password and one-time code in one step: the door that strangers cannot lock (本人凭两样进入).

    The answer never tells which of the two was wrong, so a guess at the password is worth nothing without
    the code. Wrong codes beside a right password are counted against the account in silence, everything
    against the source; wrong passwords lock nothing.
    """
    source, known = source_of(request), account_of(typed)
    key = account_key(typed) if known is None else known.username
    by_code = code_limits("both", key, source.address, try_rules(at.policy, at.now))
    at_source = begin_try(by_code[1:], at.now)
    if not at_source.allowed:
        return Tried(None, replace(at_source, by_source=True))
    user = authenticate(request, username=key, password=password)
    verdict = TryVerdict(True, at_source.left, None, by_source=True)
    if isinstance(user, User) and _code_beside_password(user, code, by_code[:1], at.now):
        end_try(by_code)
        return Tried(user, verdict)
    log.write(log.Note(Outcome.WRONG, known, Way.BOTH, typed), source=source, now=at.now)
    return Tried(None, verdict)


def _code_beside_password(user: User, code: str, limits: Any, now: datetime) -> bool:
    if not begin_try(limits, now).allowed:
        return False
    return factors.check_code(user.pk, code, now) or factors.check_recovery(user.pk, code, now)


def try_code(request: HttpRequest, user: User, kind: str, code: str, at: Moment) -> Tried:
    """Second step: count one try of a one-time code or a recovery code (`kind`), then look at it."""
    source = source_of(request)
    limits = code_limits(kind, user.username, source.address, try_rules(at.policy, at.now))
    verdict = begin_try(limits, at.now)
    if not verdict.allowed:
        return Tried(None, verdict)
    check = factors.check_recovery if kind == "recovery" else factors.check_code
    if check(user.pk, code, at.now):
        end_try(limits)
        return Tried(user, verdict)
    outcome = Outcome.WRONG_CODE if verdict.locked_until is None else Outcome.LOCKED
    log.write(log.Note(outcome, user, kind), source=source, now=at.now)
    return Tried(None, verdict)


def proceed(request: HttpRequest, user: User, entry: Entry, at: Moment) -> bool:
    """Go on after the first step: True when signed in, False when the second step waits."""
    if entry.factor or not factors.has_factor(user.pk):
        enter(request, user, entry, at)
        return True
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": int((at.now + PENDING_FOR).timestamp()),
        "way": entry.way,
        "unit": entry.unit,
        "next": entry.next,
    }
    log.write(log.Note(Outcome.PASSED, user, entry.way), source=source_of(request), now=at.now)
    return False


def pending(request: HttpRequest, now: datetime) -> tuple[User, Entry] | None:
    """Who has shown the password and owes the second step; None when nobody or too long ago."""
    held = request.session.get(PENDING)
    if not isinstance(held, dict) or held["until"] < now.timestamp():
        return None
    user = active_user(held["user"])
    if user is None or user.get_session_auth_hash() != held["hash"]:
        return None
    return user, Entry(held["way"], unit=held["unit"], next=held["next"])


def enter(request: HttpRequest, user: User, entry: Entry, at: Moment) -> None:
    """Begin the session. The only call of Django's `login` in the product."""
    login(request, user, backend=BACKEND)
    request.session.pop(PENDING, None)
    request.session[sessions.MARK] = {
        "way": entry.way,
        "factor": entry.factor,
        "idle": idle_minutes(user.pk, at.policy, at.now),
        "seen": int(at.now.timestamp()),
        "must": first_of_all(user, at.policy, at.now),
    }
    wanted = entry.membership_id or membership_of(user, entry.unit, at)
    if wanted is not None:
        request.session[MEMBERSHIP] = wanted
    elif entry.unit:
        messages.info(request, f"在「{entry.unit}」没有身份，已用本账号的身份进入")
    source = source_of(request)
    row = SigninSession(
        user=user,
        session_key=request.session.session_key or "",
        way=entry.way,
        factor=entry.factor,
        address=source.address,
        agent=source.agent,
        started_at=at.now,
        seen_at=at.now,
    )
    sessions.open_session(row)
    log.write(log.Note(Outcome.ENTERED, user, entry.way), source=source, now=at.now)


def membership_of(user: User, unit: str, at: Moment) -> int | None:
    """Membership of the person in the unit named on the page; None when there is none."""
    named = [one.id for one in choices_of(user.pk, shanghai_day(at.now)) if unit and one.subject == unit]
    return named[0] if named else None


def leave(request: HttpRequest, outcome: str, now: datetime) -> None:
    """End the session of this request and note why."""
    user = request.user if isinstance(request.user, User) else None
    if user is not None:
        log.write(log.Note(outcome, user), source=source_of(request), now=now)
        sessions.close_session(request, now)
    logout(request)


def mark_of(request: HttpRequest) -> dict[str, Any]:
    """What the sign-in keeps in the session; empty for a session that began elsewhere."""
    mark = request.session.get(sessions.MARK)
    return dict(mark) if isinstance(mark, dict) else {}


def settle(request: HttpRequest, page: str) -> str | None:
    """One duty is done; the name of the next page that comes first, None when there is none."""
    mark = mark_of(request)
    left = [one for one in mark.get("must", []) if one != page]
    if mark:
        request.session[sessions.MARK] = mark | {"must": left}
    return left[0] if left else None


def renew_duties(request: HttpRequest, user: User, at: Moment) -> None:
    """Look again at what comes first and when to sign out: the person acts under another membership."""
    mark = mark_of(request)
    if mark:
        request.session[sessions.MARK] = mark | {
            "must": first_of_all(user, at.policy, at.now),
            "idle": idle_minutes(user.pk, at.policy, at.now),
        }


def held_back(request: HttpRequest, name: str, now: datetime, *, counts: bool = True) -> str | None:
    """What stands before the page: `idle`, the name of the page that comes first, or None.

    `counts` is False for what a page asks for by itself: no sign that somebody is there.
    """
    if sessions.idle_too_long(request, now, counts=counts):
        return "idle"
    must = mark_of(request).get("must", [])
    return must[0] if must and name not in ALLOWED_FIRST else None
