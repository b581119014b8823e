"""猜密码与撒密码：一万次猜测，任何三十分钟里每个账号最多看五次；本人仍凭第二因素进门。"""

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import RequestFactory

from gongdi.kernel.policy import DEFAULTS
from gongdi.orgs.models import User
from gongdi.orgs.signin import entry
from tests.builders import NOW, PASSWORD, make_authority, make_user
from tests.orgs.signin_steps import code_at, with_factor

THREADS = 8
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Watch:
    """Notes every password that is really compared, with the instant of the attack at which it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: datetime = NOW
        self.looked: list[tuple[datetime, str]] = []
        self.lock = threading.Lock()
        plain = MD5PasswordHasher.encode

        def noted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
            with self.lock:
                self.looked.append((self.now, password))
            return plain(hasher, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", noted)

    def most_in_half_an_hour(self) -> int:
        """Largest number of compared passwords in any window of 30 minutes."""
        times = [moment for moment, _ in self.looked]
        return max(
            (sum(start <= one < start + HALF_HOUR for one in times) for start in set(times)), default=0
        )


def guess(user: User, password: str, address: str, now: datetime, code: str = "") -> bool:
    """One guess through the door of the pages; whether it opened."""
    request = RequestFactory().post("/signin", REMOTE_ADDR=address)
    at = entry.Moment(now, DEFAULTS)
    if code:
        return entry.try_both(request, user.username, password, code, at).user is not None
    return entry.try_password(request, user.username, password, at).user is not None


def volley(watch: Watch, user: User, words: list[str], addresses: int) -> int:
    """All words at one instant from THREADS threads and many addresses; how many opened."""
    opened: list[bool] = []
    start = threading.Barrier(THREADS)

    def one(part: int) -> None:
        chosen = random.Random(part)
        try:
            start.wait(20)
            for word in words[part::THREADS]:
                opened.append(guess(user, word, f"10.9.{chosen.randrange(addresses)}.1", watch.now))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(part,)) for part in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    return sum(opened)


def attack(watch: Watch, user: User, guesses: int, rounds: int) -> int:
    """`guesses` in `rounds` volleys, one a quarter of an hour.

    The right word stands in every second volley: five wrong ones have locked the account half way before.
    """
    words = [f"guess-{n}" for n in range(guesses)]
    size = guesses // rounds
    for number in range(1, rounds, 2):
        words[number * size + size // 2] = PASSWORD
    opened = 0
    for number in range(rounds):
        watch.now = NOW + number * timedelta(minutes=15)
        opened += volley(watch, user, words[number * size : (number + 1) * size], addresses=250)
    return opened


@pytest.mark.django_db(transaction=True)
def test_guesses_from_many_addresses_in_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user("county", make_authority("140105"))
    secret, _ = with_factor(user)
    watch = Watch(monkeypatch)
    assert attack(watch, user, guesses=480, rounds=8) == 0, "猜中的那一次没有被看到"
    assert watch.most_in_half_an_hour() == 5
    assert not guess(user, PASSWORD, "10.0.0.9", watch.now)
    assert guess(user, PASSWORD, "10.0.0.9", watch.now, code_at(secret, watch.now)), "本人凭第二因素进门"


@pytest.mark.deep
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user("county", make_authority("140105"))
    secret, _ = with_factor(user)
    watch = Watch(monkeypatch)
    assert attack(watch, user, guesses=10_000, rounds=8) == 0
    assert watch.most_in_half_an_hour() == 5
    assert guess(user, PASSWORD, "10.0.0.9", watch.now, code_at(secret, watch.now))


def spray(watch: Watch, names: list[str], words: list[str], address: str) -> Iterator[bool]:
    """Each word against every account in turn, one guess a second, from one address."""
    request = RequestFactory().post("/signin", REMOTE_ADDR=address)
    for word in words:
        for name in names:
            watch.now += timedelta(seconds=1)
            at = entry.Moment(watch.now, DEFAULTS)
            yield entry.try_password(request, name, word, at).user is not None


def sprayed(monkeypatch: pytest.MonkeyPatch, accounts: int, words: int) -> tuple[Watch, int]:
    """A spray whose last word is the password of the last account; what was looked at, how many opened."""
    body = make_authority("140105")
    users = [make_user("county", body) for _ in range(accounts)]
    users[-1].set_password("Spray-last-2026")
    users[-1].save()
    watch = Watch(monkeypatch)
    guesses = [f"Spray-{n}-2026" for n in range(words - 1)] + ["Spray-last-2026"]
    return watch, sum(spray(watch, [user.username for user in users], guesses, "10.66.6.6"))


@pytest.mark.django_db
def test_one_word_against_many_accounts_from_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, opened = sprayed(monkeypatch, accounts=60, words=5)
    assert opened == 0, "轮到对的那个密码时，这个来源已被停"
    assert 100 <= len(watch.looked) <= 110


@pytest.mark.deep
@pytest.mark.django_db
def test_a_spray_over_a_thousand_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """一万次、近三小时：每次停满三十分钟，看到的不到十分之一，每个账号连五次都轮不到。"""
    watch, opened = sprayed(monkeypatch, accounts=1000, words=10)
    assert watch.now - NOW == timedelta(seconds=10_000)
    assert len(watch.looked) < 700
    assert watch.most_in_half_an_hour() <= 110
    assert opened == 0


@pytest.mark.deep
@pytest.mark.django_db
def test_the_time_of_a_refusal_is_the_same_for_names_that_exist(settings: Any) -> None:
    """真摘要下的用时：有没有这个账号，中位数相差不到一成。"""
    settings.PASSWORD_HASHERS = ["gongdi.orgs.signin.hashers.OneLaneArgon2"]
    from statistics import median
    from time import perf_counter

    body, took = make_authority("140105"), {"known": list[float](), "unknown": list[float]()}
    known = [make_user("county", body).username for _ in range(30)]
    for n, name in enumerate(known):
        for kind, typed in (("known", name), ("unknown", f"nobody{n}")):
            request = RequestFactory().post("/signin", REMOTE_ADDR=f"10.3.{n}.1")
            begin = perf_counter()
            entry.try_password(request, typed, "wrong", entry.Moment(NOW, DEFAULTS))
            took[kind].append(perf_counter() - begin)
    one, other = median(took["known"]), median(took["unknown"])
    assert abs(one - other) / max(one, other) < 0.1
