"""报文检查的请求：不说长度、说错长度、各种表单写法，都有话可说，不出错。"""

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.api.checker import views
from gongdi.api.checker.limits import Turnstile

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _own_turnstile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of other tests do not count here."""
    monkeypatch.setattr(views, "TURNSTILE", Turnstile())


@pytest.mark.parametrize("length", ["", "-1", "1e3", "９", "65537", "99999999999999"])
def test_a_body_without_a_plain_length_is_not_read(length: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body in pieces (chunked) names no length; nothing of it is looked at."""

    def unread(_request: object) -> bytes:
        raise AssertionError("读了没有说长度的请求")

    monkeypatch.setattr(views, "_pasted", unread)
    answer = Client().generic("POST", reverse("packet-check"), b"packet=x", FORM, CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert "8 KiB" in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x00\xff##0001\r\n", "application/octet-stream"),
        (b"packet=%00%FF%23%23", FORM),
        (b"packet=%", FORM),
        (b"##0010QN=1", "text/plain; charset=nonsense"),
        (b"\xe6\x9d", ""),
    ],
)
def test_odd_bodies_have_an_answer(body: bytes, kind: str) -> None:
    answer = Client().generic("POST", reverse("packet-check"), body, kind)
    assert answer.status_code == 200
    assert "第 1 包" in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"&".join([b"a=1"] * 60), FORM),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=zz"),
    ],
)
def test_broken_forms_are_no_error_of_the_server(body: bytes, kind: str) -> None:
    client = Client(raise_request_exception=False)
    assert client.generic("POST", reverse("packet-check"), body, kind).status_code < 500
