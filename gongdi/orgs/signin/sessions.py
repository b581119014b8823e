"""会话：一个人在哪些设备上登录着，没有操作到时退出，可以从别处结束。"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from gongdi.orgs.models import User
from gongdi.orgs.signin.models import SigninSession

MARK = "signin"
"""Key in the session under which the sign-in keeps what it knows: way, factor, idle, seen, must."""
SEEN_EVERY = timedelta(seconds=60)
KEPT = timedelta(days=365)
"""Ended sessions stay this long in the table; the log of sign-ins stays by its own policy."""


def open_session(row: SigninSession) -> None:
    """Remember a session that has just begun (会话)."""
    SigninSession.objects.update_or_create(
        session_key=row.session_key,
        defaults={
            "user": row.user,
            "way": row.way,
            "factor": row.factor,
            "address": row.address,
            "agent": row.agent,
            "started_at": row.started_at,
            "seen_at": row.seen_at,
            "ended_at": None,
        },
    )


def rotate(request: HttpRequest) -> None:
    """Give the session a new key, here and in the list."""
    before = request.session.session_key or ""
    request.session.cycle_key()
    moved(before, request.session.session_key or "")


def idle_too_long(request: HttpRequest, now: datetime, *, counts: bool = True) -> bool:
    """Whether nothing was done for the time allowed; notes that something is done now, once a minute."""
    mark = request.session.get(MARK)
    if not isinstance(mark, dict):
        return False
    seen = datetime.fromtimestamp(mark["seen"], tz=now.tzinfo)
    if now - seen >= timedelta(minutes=mark["idle"]):
        return True
    if counts and now - seen >= SEEN_EVERY:
        request.session[MARK] = mark | {"seen": int(now.timestamp())}
        SigninSession.objects.filter(session_key=request.session.session_key).update(seen_at=now)
    return False


def close_session(request: HttpRequest, now: datetime) -> None:
    """Note that the session of this request ends."""
    SigninSession.objects.filter(session_key=request.session.session_key, ended_at=None).update(ended_at=now)


def sessions_of(user_id: int, now: datetime) -> QuerySet[SigninSession]:
    """Sessions of a person that still hold, the last used first."""
    held = Session.objects.filter(expire_date__gt=now).values("session_key")
    return SigninSession.objects.filter(user_id=user_id, ended_at=None, session_key__in=held)


def end_session(*, user: User, ref: UUID, now: datetime) -> bool:
    """End one session of the person; False when there is none of that number."""
    with transaction.atomic():
        row = SigninSession.objects.select_for_update().filter(user=user, ref=ref, ended_at=None).first()
        if row is None:
            return False
        Session.objects.filter(session_key=row.session_key).delete()
        row.ended_at = now
        row.save(update_fields=["ended_at"])
    return True


def end_all(*, user: User, but: str, now: datetime) -> int:
    """End every session of the person except the one of the key `but`; how many there were."""
    with transaction.atomic():
        rows = (
            SigninSession.objects.select_for_update()
            .filter(user=user, ended_at=None)
            .exclude(session_key=but)
        )
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        return rows.update(ended_at=now)


def moved(before: str, after: str) -> None:
    """The session got a new key from the framework: keep the list true."""
    SigninSession.objects.filter(session_key=before).update(session_key=after)


def forget_expired(now: datetime) -> int:
    """Delete sessions past their end and note the end of what they held (到期会话); how many were deleted."""
    with transaction.atomic():
        gone, _ = Session.objects.filter(expire_date__lte=now).delete()
        SigninSession.objects.filter(ended_at=None).exclude(
            session_key__in=Session.objects.values("session_key")
        ).update(ended_at=now)
        SigninSession.objects.filter(ended_at__lt=now - KEPT).delete()
    return gone
