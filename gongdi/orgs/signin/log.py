"""登录记录：每一次登录、失败、退出和更换都留一行，只增不改。"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from gongdi.orgs.models import User
from gongdi.orgs.signin.models import SigninEvent
from gongdi.orgs.signin.source import Source


@dataclass(frozen=True, slots=True)
class Note:
    """What happened: outcome, whose account, how; `typed` only when no account bears that name."""

    outcome: str
    user: User | None = None
    way: str = ""
    typed: str = ""


def write(note: Note, *, source: Source, now: datetime) -> SigninEvent:
    """Add one line. A name of no account is kept masked: people type passwords into that field."""
    return SigninEvent.objects.create(
        at=now,
        user=note.user,
        typed="" if note.user else masked(note.typed),
        outcome=note.outcome,
        way=note.way,
        address=source.address,
        agent=source.agent,
    )


def masked(typed: str) -> str:
    """First two characters and the length of a name that is nobody's."""
    return f"{typed[:2]}…（{len(typed)} 字）" if typed else ""


def of_person(user_id: int) -> QuerySet[SigninEvent]:
    """Lines about one account, newest first."""
    return SigninEvent.objects.filter(user_id=user_id)
