"""登录：五次不对锁三十分钟，提示不透露账号是否存在。"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import RequestFactory

from gongdi.orgs.forms import SigninForm
from gongdi.orgs.models import SigninAttempt
from tests.builders import NOW, PASSWORD, make_authority, make_user

pytestmark = pytest.mark.django_db
NINE = {"REMOTE_ADDR": "10.0.0.9"}


def attempt(user: str, password: str, **extra: Any) -> tuple[bool, str]:
    """Try the form once; whether it signs in, and what it says."""
    request = RequestFactory().post("/signin", **extra)
    form = SigninForm(request, data={"username": user, "password": password})
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
    assert "账号或密码不对，还可以试 4 次" in unknown


def test_five_wrong_tries_lock_the_account_at_that_address_for_thirty_minutes(user: str) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for left in (4, 3, 2, 1):
            assert f"还可以试 {left} 次" in attempt(user, "wrong", **NINE)[1]
        assert "10:35 以后可以再试" in attempt(user, "wrong", **NINE)[1]
        assert attempt(user, PASSWORD, **NINE)[0] is False, "锁定后密码对也不行"
        assert attempt(user, PASSWORD, REMOTE_ADDR="10.0.0.10")[0], "别处的本人不受影响"
        clock.shift(timedelta(minutes=29, seconds=59))
        assert attempt(user, PASSWORD, **NINE)[0] is False
        clock.shift(timedelta(seconds=2))
        assert attempt(user, PASSWORD, **NINE)[0]


def test_a_right_password_forgets_the_tries(user: str) -> None:
    for _ in range(4):
        attempt(user, "wrong", **NINE)
    assert attempt(user, PASSWORD, **NINE)[0]
    assert "还可以试 4 次" in attempt(user, "wrong", **NINE)[1]


def test_many_addresses_do_not_help_against_one_account(user: str) -> None:
    for number in range(20):
        attempt(user, "wrong", REMOTE_ADDR=f"10.0.1.{number}")
    assert attempt(user, PASSWORD, REMOTE_ADDR="10.0.2.1")[0] is False


def test_one_address_cannot_try_many_accounts(user: str) -> None:
    for number in range(100):
        attempt(f"guess{number}", "wrong", **NINE)
    assert attempt(user, PASSWORD, **NINE)[0] is False
    assert attempt(user, PASSWORD, REMOTE_ADDR="10.0.0.10")[0]


def test_a_forged_forwarding_header_changes_nothing(user: str) -> None:
    for number in range(5):
        attempt(user, "wrong", HTTP_X_FORWARDED_FOR=f"10.9.9.{number}", **NINE)
    assert attempt(user, PASSWORD, HTTP_X_FORWARDED_FOR="10.9.9.99", **NINE)[0] is False


def test_old_tries_are_forgotten() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        attempt("someone", "wrong", **NINE)
        assert SigninAttempt.objects.count() == 3
        clock.shift(timedelta(hours=1))
        attempt("another", "wrong", REMOTE_ADDR="10.0.0.11")
        assert set(SigninAttempt.objects.values_list("key", flat=True)) == {
            "both:another@10.0.0.11",
            "account:another",
            "address:10.0.0.11",
        }
