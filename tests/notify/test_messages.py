"""消息：只给本人，未读在前，一条通向一页，重复的提醒只说一次。"""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from gongdi.kernel.errors import UnusableInput
from gongdi.notify import channels, queries, services
from gongdi.notify.models import Message
from gongdi.notify.services import Notice
from gongdi.orgs.models import User
from tests.builders import NOW, make_authority, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_user("county", make_authority("140105"))


def tell(user: User, title: str = "接入期限剩 3 天", kind: str = "access") -> int:
    return services.send(to=[user.id], title=title, text="锦绣苑", link="/projects/", kind=kind, now=NOW)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_one_message_each_even_when_named_twice(officer: User) -> None:
    other = make_user("county", make_authority("140106"))
    to = [officer.id, officer.id, other.id]
    assert services.send(to=to, title="一", text="", link="/status", kind="system", now=NOW) == 2
    assert queries.unread(officer.id) == 1


def test_nobody_to_tell_is_no_fault() -> None:
    assert services.send(to=[], title="一", text="", link="/", kind="system", now=NOW) == 0


@pytest.mark.parametrize("link", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_a_message_leads_to_a_page_of_ours_only(officer: User, link: str) -> None:
    with pytest.raises(UnusableInput):
        services.send(to=[officer.id], title="一", text="", link=link, kind="system", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(user_id=officer.id, kind="system", title="一", link=link, at=NOW)


def test_an_unknown_kind_is_refused(officer: User) -> None:
    with pytest.raises(UnusableInput):
        tell(officer, kind="gossip")


def test_what_has_a_key_is_told_once(officer: User) -> None:
    notice = Notice("接入期限剩 3 天", "/", "access", key="access:1:2026-11-24")
    assert services.send_notice(to=[officer.id], notice=notice, now=NOW) == 1
    assert services.send_notice(to=[officer.id], notice=notice, now=NOW) == 0
    assert queries.unread(officer.id) == 1


def test_the_page_lists_unread_first_and_marks_what_is_opened(officer: User) -> None:
    tell(officer, "先发的")
    tell(officer, "后发的", "stop")
    client = signed_in(officer)
    page = client.get(reverse("messages")).content.decode()
    assert page.index("后发的") < page.index("先发的")
    opened = Message.objects.get(title="后发的")
    answer = client.get(reverse("message", args=[opened.ref]))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/projects/")
    page = client.get(reverse("messages")).content.decode()
    assert page.index("先发的") < page.index("后发的")
    assert queries.unread(officer.id) == 1


def test_reading_again_keeps_the_first_time(officer: User) -> None:
    tell(officer)
    found = Message.objects.get()
    client = signed_in(officer)
    client.get(reverse("message", args=[found.ref]))
    first = Message.objects.get().read_at
    client.get(reverse("message", args=[found.ref]))
    assert Message.objects.get().read_at == first


def test_another_persons_message_does_not_exist(officer: User) -> None:
    tell(make_user("county", make_authority("140106")))
    found = Message.objects.get()
    client = signed_in(officer)
    assert client.get(reverse("message", args=[found.ref])).status_code == 404
    client.post(reverse("messages-read"))
    assert Message.objects.get().read_at is None
    assert found.title not in client.get(reverse("messages")).content.decode()


def test_filters_and_marking_a_kind_as_read(officer: User) -> None:
    tell(officer, "期限的")
    tell(officer, "停工的", "stop")
    client = signed_in(officer)
    page = client.get(reverse("messages"), {"kind": "stop"}).content.decode()
    assert "停工的" in page
    assert "期限的" not in page
    client.post(reverse("messages-read"), {"kind": "stop"})
    unread = client.get(reverse("messages"), {"state": "unread"}).content.decode()
    assert "期限的" in unread
    assert "停工的" not in unread
    client.post(reverse("messages-read"))
    assert queries.unread(officer.id) == 0


def test_the_bell_of_every_page_says_how_many(officer: User) -> None:
    client = signed_in(officer)
    assert "条未读" not in client.get(reverse("account")).content.decode()
    tell(officer)
    assert "消息，1 条未读" in client.get(reverse("account")).content.decode()


def test_the_bell_stops_counting(officer: User) -> None:
    for number in range(120):
        tell(officer, f"第 {number} 条")
    assert queries.unread(officer.id) == 100
    assert queries.bell(queries.unread(officer.id)) == "99+"
    assert queries.bell(0) == ""


def test_an_empty_page_says_what_will_come(officer: User) -> None:
    assert "还没有消息" in signed_in(officer).get(reverse("messages")).content.decode()


def test_telephones_are_offered_only_when_an_adapter_is_set(settings: Any) -> None:
    assert [one.name for one in channels.channels()] == ["站内消息"]
    settings.SMS_CHANNEL = "tests.notify.test_messages.Telephone"
    assert [one.name for one in channels.channels()] == ["站内消息", "短信"]


class Telephone:
    """An adapter as an installation would write it."""

    name = "短信"

    def deliver(self, messages: Any) -> int:
        return len(messages)
