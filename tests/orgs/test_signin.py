"""登录：五次不对锁三十分钟，从哪里试都一样；提示和用时都不透露账号是否存在。"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import RequestFactory

from gongdi.orgs.models import SigninAttempt, User
from gongdi.orgs.signin.forms import SigninForm
from gongdi.orgs.signin.models import SigninEvent
from tests.builders import NOW, PASSWORD, make_authority, make_user

pytestmark = pytest.mark.django_db
NINE = {"REMOTE_ADDR": "10.0.0.9"}


def attempt(user: str, password: str, *, code: str = "", **extra: Any) -> tuple[bool, str]:
    """Try the form once; whether it signs in, and what it says."""
    request = RequestFactory().post("/signin", **extra)
    form = SigninForm({"username": user, "password": password, "code": code}, request=request)
    return form.is_valid(), str(form.errors)


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user() -> str:
    return make_user("province", make_authority("140000")).username


def test_the_right_password_signs_in_whatever_the_case_of_the_name(user: str) -> None:
    assert attempt(user, PASSWORD)[0]
    assert attempt(f" {user.upper()} ", PASSWORD)[0]
    assert attempt(user, PASSWORD + " ")[0] is False


def test_the_answer_does_not_tell_whether_the_account_exists(user: str) -> None:
    _, known = attempt(user, "wrong", **NINE)
    _, unknown = attempt("nobody-here", "wrong", **NINE)
    assert "账号或密码不对，还可以试 4 次" in known
    assert known == unknown


def test_the_lock_does_not_tell_whether_the_account_exists(user: str) -> None:
    with time_machine.travel(NOW, tick=False):
        said = {name: [attempt(name, "wrong", **NINE)[1] for _ in range(7)] for name in (user, "nobody-here")}
    assert said[user] == said["nobody-here"]


@pytest.mark.parametrize("who", ["known", "unknown", "closed", "without_password"])
@pytest.mark.parametrize("code", ["", "123456"])
def test_every_refusal_costs_exactly_one_hash(
    user: str, monkeypatch: pytest.MonkeyPatch, who: str, code: str
) -> None:
    """用时由摘要决定：有没有这个账号，都正好算一次。"""
    account = User.objects.get(username=user)
    if who == "closed":
        User.objects.filter(pk=account.pk).update(is_active=False)
    if who == "without_password":
        account.set_unusable_password()
        account.save()
    hashes: list[str] = []
    plain = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashes.append(password)
        return plain(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    assert attempt("nobody-here" if who == "unknown" else user, "wrong", code=code, **NINE)[0] is False
    assert len(hashes) == 1


def test_five_wrong_tries_lock_the_account_for_thirty_minutes_everywhere(user: str) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for left in (4, 3, 2, 1):
            assert f"还可以试 {left} 次" in attempt(user, "wrong", REMOTE_ADDR=f"10.0.0.{left}")[1]
        assert "10:35 以后可以再试" in attempt(user, "wrong", **NINE)[1]
        for address in ("10.0.0.9", "10.0.0.10"):
            assert attempt(user, PASSWORD, REMOTE_ADDR=address)[0] is False, "锁定后密码对也不行"
        clock.shift(timedelta(minutes=29, seconds=59))
        assert attempt(user, PASSWORD, **NINE)[0] is False
        clock.shift(timedelta(seconds=2))
        assert attempt(user, PASSWORD, **NINE)[0]


def test_a_right_password_forgets_the_tries(user: str) -> None:
    for _ in range(4):
        attempt(user, "wrong", **NINE)
    assert attempt(user, PASSWORD, **NINE)[0]
    assert "还可以试 4 次" in attempt(user, "wrong", **NINE)[1]


def test_one_address_cannot_try_many_accounts(user: str) -> None:
    with time_machine.travel(NOW, tick=False):
        for number in range(100):
            attempt(f"guess{number}", "wrong", **NINE)
        refused, said = attempt(user, PASSWORD, **NINE)
        assert refused is False
        assert "这个网络地址尝试次数过多，10:35 以后可以再试" in said
        assert attempt(user, PASSWORD, REMOTE_ADDR="10.0.0.10")[0]


def test_a_forged_forwarding_header_changes_nothing(user: str) -> None:
    with time_machine.travel(NOW, tick=False):
        for number in range(100):
            attempt(f"guess{number}", "wrong", HTTP_X_FORWARDED_FOR=f"10.9.9.{number}", **NINE)
        assert attempt(user, PASSWORD, HTTP_X_FORWARDED_FOR="10.9.9.200", **NINE)[0] is False


def test_old_tries_are_forgotten() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        attempt("someone", "wrong", **NINE)
        assert SigninAttempt.objects.count() == 2
        clock.shift(timedelta(days=1, seconds=1))
        attempt("another", "wrong", REMOTE_ADDR="10.0.0.11")
        assert set(SigninAttempt.objects.values_list("key", flat=True)) == {
            "account:another",
            "address:10.0.0.11",
        }


def test_what_was_typed_for_an_account_that_is_nobodys_is_kept_masked(user: str) -> None:
    """有人把密码填进账号栏；记录里不能留下原样。"""
    attempt("My-secret-2026", "wrong", **NINE)
    attempt(user, "wrong", **NINE)
    nobody, known = SigninEvent.objects.order_by("id")
    assert (nobody.user_id, nobody.typed) == (None, "My…（14 字）")
    assert (known.user.username if known.user else "", known.typed) == (user, "")


def test_the_log_is_not_flooded_by_tries_that_are_not_looked_at(user: str) -> None:
    for _ in range(50):
        attempt(user, "wrong", **NINE)
    assert [one.outcome for one in SigninEvent.objects.order_by("id")] == ["wrong"] * 4 + ["locked"]
