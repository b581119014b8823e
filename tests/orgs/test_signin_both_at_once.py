"""被别人锁住的本人：密码加动态口令一次进门；没有第二样的人怎么试都进不来。"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import RequestFactory

from gongdi.orgs.models import SigninAttempt, User
from gongdi.orgs.signin.forms import SigninForm
from tests.builders import NOW, PASSWORD, make_authority, make_user
from tests.orgs.signin_steps import code_at, with_factor

pytestmark = pytest.mark.django_db
STEP = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user() -> User:
    return make_user("county", make_authority("140105"))


def attempt(user: User | str, password: str, code: str = "", address: str = "10.0.0.9") -> tuple[bool, str]:
    """One post of the form; whether it opens, and what it says."""
    name = user if isinstance(user, str) else user.username
    request = RequestFactory().post("/signin", REMOTE_ADDR=address)
    form = SigninForm({"username": name, "password": password, "code": code}, request=request)
    return form.is_valid(), str(form.errors)


def lock(user: User) -> None:
    for n in range(6):
        attempt(user, "wrong", address=f"10.8.0.{n}")


def test_the_owner_gets_in_by_the_second_factor_while_strangers_hold_the_lock(user: User) -> None:
    secret, codes = with_factor(user)
    with time_machine.travel(NOW, tick=False) as clock:
        lock(user)
        assert not attempt(user, PASSWORD)[0], "只凭密码进不来"
        assert attempt(user, PASSWORD, code_at(secret, NOW))[0]
        assert not attempt(user, PASSWORD, code_at(secret, NOW))[0], "同一口令不能再用"
        assert attempt(user, PASSWORD, codes[0])[0], "恢复码也可以"
        clock.shift(STEP)
        assert attempt(user, PASSWORD, code_at(secret, NOW + STEP))[0]
        assert not attempt(user, PASSWORD)[0], "密码这条路仍锁着，锁没有被本人的进入打开"


def test_without_the_factor_nothing_opens_and_nothing_is_told(user: User) -> None:
    secret, _ = with_factor(user)
    plain = make_user("county", make_authority("140106"))
    with time_machine.travel(NOW, tick=False):
        said = {
            attempt(user, PASSWORD, "000000")[1],
            attempt(user, "wrong", code_at(secret, NOW))[1],
            attempt(user, "wrong", "000000")[1],
            attempt(plain, PASSWORD, "000000")[1],
            attempt("nobody-here", "wrong", "000000")[1],
        }
    assert len(said) == 1, "哪一样不对，从不说"


def test_a_wrong_password_beside_a_code_uses_up_no_code(user: User) -> None:
    secret, _ = with_factor(user)
    with time_machine.travel(NOW, tick=False):
        attempt(user, "wrong", code_at(secret, NOW))
        assert attempt(user, PASSWORD, code_at(secret, NOW))[0]


def test_strangers_cannot_close_this_door(user: User) -> None:
    """没有密码的人从几十个地址猜，本人照样进。"""
    secret, _ = with_factor(user)
    with time_machine.travel(NOW, tick=False):
        lock(user)
        for n in range(60):
            attempt(user, f"guess{n}", f"{n:06d}", address=f"10.8.1.{n}")
        assert attempt(user, PASSWORD, code_at(secret, NOW))[0]


def test_who_knows_the_password_has_five_codes_and_is_not_told_when_they_are_spent(user: User) -> None:
    secret, _ = with_factor(user)
    right = code_at(secret, NOW)
    with time_machine.travel(NOW, tick=False) as clock:
        said = {attempt(user, PASSWORD, f"{n:06d}", address=f"10.8.2.{n}")[1] for n in range(9)}
        assert len(said) == 1, "试满与没试满说的一样，密码对不对猜不出来"
        refused, words = attempt(user, PASSWORD, right)
        assert not refused
        assert words in said
        clock.shift(timedelta(minutes=31))
        assert attempt(user, PASSWORD, code_at(secret, NOW + timedelta(minutes=31)))[0]


def test_one_source_has_a_hundred_tries_here_too(user: User) -> None:
    secret, _ = with_factor(user)
    with time_machine.travel(NOW, tick=False):
        for n in range(100):
            attempt(f"guess{n}", "wrong", "000000")
        refused, words = attempt(user, PASSWORD, code_at(secret, NOW))
    assert not refused
    assert "这个网络地址尝试次数过多" in words
    assert SigninAttempt.objects.filter(key="account:" + user.username).count() == 0
