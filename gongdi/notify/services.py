"""发消息、记为已读：消息和引起它的行为同在一个事务里。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.scope import Scope
from gongdi.notify.channels import channels
from gongdi.notify.models import Message
from gongdi.notify.queries import messages_of

Kind = Message.Kind


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said (告知): title, text, page it leads to, kind; with a `key` a person is told of it once only."""

    title: str
    link: str
    kind: str
    text: str = ""
    key: str = ""


def send(*, to: Iterable[int], title: str, text: str, link: str, kind: str, now: datetime) -> int:
    """Tell people (发消息), each once; how many new messages. `to` are keys of accounts, `link` a page of ours."""
    return send_notice(to=to, notice=Notice(title, link, kind, text), now=now)


@transaction.atomic
def send_notice(*, to: Iterable[int], notice: Notice, now: datetime) -> int:
    """As `send`, once per person and key however often a job repeats itself (不重复提醒)."""
    if not notice.link.startswith("/") or notice.link.startswith("//"):
        raise UnusableInput("消息只能指向本平台的页面。")
    if notice.kind not in Kind.values:
        raise UnusableInput(f"没有名为 {notice.kind} 的消息类别。")
    rows = [
        Message(
            user_id=user,
            kind=notice.kind,
            title=notice.title[:120],
            text=notice.text[:500],
            link=notice.link,
            key=notice.key,
            at=now,
        )
        for user in sorted(set(to))
    ]
    return max((channel.deliver(rows) for channel in channels()), default=0) if rows else 0


@transaction.atomic
def open_message(*, ref: UUID, by: Scope, now: datetime) -> str | None:
    """Mark one's own message as read (读过); where it leads, None when it is not one's own."""
    found = messages_of(by).filter(ref=ref).values_list("link", flat=True).first()
    if found is not None:
        messages_of(by).filter(ref=ref, read_at=None).update(read_at=now)
    return found


@transaction.atomic
def mark_read(*, by: Scope, now: datetime, kind: str = "") -> int:
    """Mark all one's own messages, or those of a kind, as read (全部已读); how many were unread."""
    found = messages_of(by).filter(read_at=None)
    return (found.filter(kind=kind) if kind else found).update(read_at=now)
