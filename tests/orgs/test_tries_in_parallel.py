"""同时来的登录尝试：不论多少线程、多少来源，一个账号最多看五次密码。"""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from gongdi.orgs.models import SigninAttempt
from gongdi.orgs.services.signin import TryVerdict, account_key, begin_try, end_try
from gongdi.orgs.tries import TryRules, password_limits
from tests.builders import NOW

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12


def one_try(name: str, address: str) -> TryVerdict:
    """One counted try of a name as typed."""
    return begin_try(password_limits(account_key(name), address, TryRules()), NOW)


def together(call: Callable[[int], TryVerdict]) -> list[TryVerdict]:
    """The verdicts of THREADS calls let go at the same instant."""
    start = threading.Barrier(THREADS)
    found: list[TryVerdict] = []

    def one(number: int) -> None:
        try:
            start.wait(10)
            found.append(call(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == THREADS
    return found


def test_at_most_five_passwords_are_looked_at() -> None:
    found = together(lambda number: one_try("liming", "10.0.0.9"))
    allowed = [one for one in found if one.allowed]
    assert len(allowed) == 5
    assert sorted(one.left for one in allowed) == [0, 1, 2, 3, 4]
    assert {one.locked_until for one in found if not one.allowed} == {NOW + timedelta(minutes=30)}


def test_different_spellings_of_a_name_share_the_five() -> None:
    names = ["liming", "LIMING", " liming ", "ｌｉｍｉｎｇ"]
    found = together(lambda number: one_try(names[number % 4], "10.0.0.9"))
    assert sum(one.allowed for one in found) == 5
    assert SigninAttempt.objects.filter(key__startswith="account:").count() == 1


def test_addresses_in_parallel_do_not_help_beyond_five() -> None:
    found = [one for n in range(3) for one in together(lambda number: one_try("liming", f"10.0.1.{number}"))]
    assert sum(one.allowed for one in found) == 5
    assert SigninAttempt.objects.get(key="account:liming").tries == 5
    assert not any(one.by_source for one in found), "锁的是账号，不是来源"


def test_other_accounts_are_not_slowed_by_a_locked_one() -> None:
    for _ in range(6):
        one_try("liming", "10.0.0.9")
    found = together(lambda number: one_try(f"other{number}", "10.0.0.9"))
    assert all(one.allowed and one.left == 4 for one in found)


def test_a_right_password_gives_the_source_back_that_one_try_only() -> None:
    for number in range(7):
        one_try(f"guess{number}", "10.0.0.9")
    one_try("liming", "10.0.0.9")
    one_try("liming", "10.0.0.9")
    end_try(password_limits("liming", "10.0.0.9", TryRules()))
    assert SigninAttempt.objects.get(key="address:10.0.0.9").tries == 8
    assert not SigninAttempt.objects.filter(key__contains="liming").exists()


def test_a_locked_source_says_so() -> None:
    for number in range(100):
        one_try(f"guess{number}", "10.0.0.9")
    verdict = one_try("liming", "10.0.0.9")
    assert not verdict.allowed
    assert verdict.by_source
