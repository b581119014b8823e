"""读取自己的消息；别人的消息一条也读不到。"""

from django.db.models import Count, F, QuerySet

from gongdi.kernel.scope import Scope
from gongdi.notify.models import Message

MANY = 99


def messages_of(by: Scope) -> "QuerySet[Message]":
    """One's own messages, unread first, then newest first; none without an account."""
    if by.user_id is None:
        return Message.objects.none()
    return Message.objects.filter(user_id=by.user_id).order_by(F("read_at").desc(nulls_first=True), "-id")


def unread(user_id: int) -> int:
    """Unread messages of a person, counted up to 100: the bell says 99+ beyond."""
    return Message.objects.filter(user_id=user_id, read_at=None)[: MANY + 1].count()


def bell(count: int) -> str:
    """What the bell says (铃铛上的数)."""
    return f"{MANY}+" if count > MANY else str(count or "")


def unread_by_kind(by: Scope) -> dict[str, int]:
    """Unread messages by kind."""
    found = messages_of(by).filter(read_at=None).order_by()
    return dict(found.values_list("kind").annotate(n=Count("id")))
