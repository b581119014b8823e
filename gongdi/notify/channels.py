"""送达的渠道：一个端口，站内消息是真的，短信没有配置就不提供。"""

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from gongdi.notify.models import Message


class Channel(Protocol):
    """A way to a person (渠道): its Chinese name and what it does with messages, inside the transaction."""

    name: str

    def deliver(self, messages: Sequence[Message]) -> int:
        """Hand the messages over; how many were new."""


class InSite:
    """The page of messages (站内消息): stored rows; what has a key and was told before is left out."""

    name = "站内消息"

    def deliver(self, messages: Sequence[Message]) -> int:
        """Store the rows."""
        refs = [message.ref for message in messages]
        Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=1_000)
        return Message.objects.filter(ref__in=refs).count()


def channels() -> tuple[Channel, ...]:
    """Channels in use: the page always; telephones (短信) only when an adapter is set as SMS_CHANNEL."""
    adapter = getattr(settings, "SMS_CHANNEL", "")
    return (InSite(), import_string(adapter)()) if adapter else (InSite(),)
