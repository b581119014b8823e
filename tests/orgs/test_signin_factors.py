"""第二因素：同一口令只用一次，前后各容一个，密钥加密存放，恢复码用过作废。"""

import threading
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from gongdi.orgs.models import User
from gongdi.orgs.personal import SealBroken
from gongdi.orgs.signin import factors
from tests.builders import NOW, make_authority, make_user
from tests.orgs.signin_steps import code_at, with_factor

STEP = timedelta(seconds=30)


@pytest.fixture
def user() -> User:
    return make_user("county", make_authority("140105"))


# RFC 6238 附录 B，SHA-1，8 位值的后 6 位
RFC_6238 = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moment = datetime.fromtimestamp(seconds, tz=NOW.tzinfo)
    assert factors.matching_counter(secret, code, moment) == seconds // 30


@pytest.mark.parametrize(("shift", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_period_before_and_after_also_counts(shift: int, right: bool) -> None:
    secret = factors.new_secret()
    assert (factors.matching_counter(secret, code_at(secret, NOW + shift * STEP), NOW) is not None) is right


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "０００００００"])
def test_odd_codes_are_wrong_and_break_nothing(typed: str) -> None:
    assert factors.matching_counter("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", typed, NOW) is None


@pytest.mark.django_db
def test_a_code_is_used_up_and_so_is_every_older_one(user: User) -> None:
    secret, _ = with_factor(user)
    now, before = code_at(secret, NOW), code_at(secret, NOW - STEP)
    assert factors.check_code(user.pk, now, NOW)
    assert not factors.check_code(user.pk, now, NOW), "重放"
    assert not factors.check_code(user.pk, before, NOW), "更早的口令也不再算"
    assert not factors.check_code(user.pk, now, NOW + STEP), "窗口里重放"
    assert factors.check_code(user.pk, code_at(secret, NOW + STEP), NOW + STEP)


@pytest.mark.django_db
def test_the_code_that_proved_the_set_up_does_not_sign_in(user: User) -> None:
    secret = factors.new_secret()
    assert factors.set_up(user, secret, code_at(secret, NOW), NOW)
    assert not factors.check_code(user.pk, code_at(secret, NOW), NOW)


@pytest.mark.django_db(transaction=True)
def test_a_code_sent_twice_at_once_counts_once(user: User) -> None:
    secret, _ = with_factor(user)
    code, found, start = code_at(secret, NOW), list[bool](), threading.Barrier(6)

    def one() -> None:
        try:
            start.wait(10)
            found.append(factors.check_code(user.pk, code, NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == [False] * 5 + [True]


@pytest.mark.django_db
def test_a_wrong_proof_stores_nothing(user: User) -> None:
    secret = factors.new_secret()
    wrong = "000000" if code_at(secret, NOW) != "000000" else "000001"
    assert factors.set_up(user, secret, wrong, NOW) is None
    assert not factors.has_factor(user.pk)


@pytest.mark.django_db
def test_secrets_are_not_readable_in_the_table(user: User) -> None:
    secret, codes = with_factor(user)
    stored = [str(row.data) for row in Authenticator.objects.filter(user=user)]
    assert len(stored) == 2
    assert all("sm4gcm1." in text for text in stored)
    assert not [text for text in stored if secret in text or any(code in text for code in codes)]


@pytest.mark.django_db
def test_a_secret_that_was_touched_opens_nothing(user: User) -> None:
    secret, _ = with_factor(user)
    row = Authenticator.objects.get(user=user, type="totp")
    row.data["secret"] = row.data["secret"][:-8] + "AAAAAAA="
    row.save()
    with pytest.raises(SealBroken):
        factors.check_code(user.pk, code_at(secret, NOW), NOW)


@pytest.mark.django_db
def test_ten_recovery_codes_of_ten_digits_each_once(user: User) -> None:
    _, codes = with_factor(user)
    assert len(set(codes)) == 10
    assert all(len(code) == 10 and code.isdecimal() for code in codes)
    assert factors.check_recovery(user.pk, f" {codes[3][:5]} {codes[3][5:]} ", NOW), "抄写时的空格不要紧"
    assert not factors.check_recovery(user.pk, codes[3], NOW)
    assert factors.codes_left(user.pk) == 9


@pytest.mark.django_db
def test_new_recovery_codes_end_the_old_ones(user: User) -> None:
    _, old = with_factor(user)
    fresh = factors.renew_codes(user)
    assert not set(old) & set(fresh)
    assert not factors.check_recovery(user.pk, old[0], NOW)
    assert factors.check_recovery(user.pk, fresh[0], NOW)


@pytest.mark.django_db
def test_a_factor_is_its_owners_alone(user: User) -> None:
    secret, codes = with_factor(user)
    other = make_user("county", make_authority("140106"))
    with_factor(other)
    assert not factors.check_code(other.pk, code_at(secret, NOW), NOW)
    assert not factors.check_recovery(other.pk, codes[0], NOW)


@pytest.mark.django_db
def test_given_up_means_gone(user: User) -> None:
    secret, codes = with_factor(user)
    factors.remove(user)
    assert not factors.has_factor(user.pk)
    assert not factors.check_code(user.pk, code_at(secret, NOW), NOW)
    assert not factors.check_recovery(user.pk, codes[0], NOW)
