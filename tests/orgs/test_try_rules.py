"""登录尝试的纯规则：计数、锁定、到时恢复，边界逐秒；来源的次数匀速归还。"""

from datetime import timedelta

import pytest

from gongdi.orgs.services.signin import account_key
from gongdi.orgs.tries import (
    TryLimit,
    TryRules,
    TryState,
    after_try,
    code_limits,
    is_locked,
    password_limits,
)
from tests.builders import NOW

LOCK = timedelta(minutes=30)
LIMIT = TryLimit("account:a", 5, LOCK)
LEAKING = TryLimit("address:a", 100, LOCK, leaks=True)
SECOND = timedelta(seconds=1)


def test_the_limits_are_five_by_account_and_a_hundred_by_source() -> None:
    assert [
        (one.key, one.tries, one.lock, one.leaks) for one in password_limits("li", "10.0.0.9", TryRules())
    ] == [
        ("account:li", 5, LOCK, False),
        ("address:10.0.0.9", 100, LOCK, True),
    ]


def test_codes_are_counted_apart_from_the_password_but_with_the_same_source() -> None:
    keys = {
        one.key for kind in ("code", "recovery") for one in code_limits(kind, "li", "10.0.0.9", TryRules())
    }
    assert keys == {"code:li", "recovery:li", "address:10.0.0.9"}


@pytest.mark.parametrize(
    ("before", "tries", "locked"),
    [
        (None, 1, False),
        (TryState(1, NOW - SECOND, None), 2, False),
        (TryState(3, NOW - SECOND, None), 4, False),
        (TryState(4, NOW - SECOND, None), 5, True),
        (TryState(4, NOW - LOCK + SECOND, None), 5, True),
        (TryState(4, NOW - LOCK, None), 1, False),
        (TryState(5, NOW - timedelta(minutes=31), NOW - SECOND), 1, False),
    ],
)
def test_counting(before: TryState | None, tries: int, locked: bool) -> None:
    after = after_try(before, LIMIT, NOW)
    assert (after.tries, after.last_at) == (tries, NOW)
    assert after.locked_until == (NOW + LOCK if locked else None)


@pytest.mark.parametrize(
    ("before", "tries", "behind"),
    [
        (TryState(50, NOW - 17 * SECOND, None), 51, 17),
        (TryState(50, NOW - 18 * SECOND, None), 50, 0),
        (TryState(50, NOW - 190 * SECOND, None), 41, 10),
        (TryState(3, NOW - 900 * SECOND, None), 1, 846),
    ],
)
def test_a_source_gets_one_try_back_every_eighteen_seconds(before: TryState, tries: int, behind: int) -> None:
    """30 分钟 100 次 = 每 18 秒还一次；不足一次的零头留着。"""
    after = after_try(before, LEAKING, NOW)
    assert after.tries == tries
    assert after.last_at == NOW - behind * SECOND
    assert after.locked_until is None


def test_ordinary_mistakes_of_a_whole_day_never_lock_a_large_office() -> None:
    state, moment = None, NOW
    for _ in range(1000):
        moment += 20 * SECOND
        state = after_try(state, LEAKING, moment)
        assert state.locked_until is None


def test_a_burst_locks_the_source() -> None:
    state = None
    for n in range(100):
        state = after_try(state, LEAKING, NOW + n * timedelta(milliseconds=50))
    assert state is not None
    assert state.locked_until is not None


@pytest.mark.parametrize(
    ("until", "locked"), [(None, False), (NOW, False), (NOW + SECOND, True), (NOW - SECOND, False)]
)
def test_a_lock_ends_by_itself(until: object, locked: bool) -> None:
    assert is_locked(TryState(5, NOW, until), NOW) is locked  # type: ignore[arg-type]
    assert not is_locked(None, NOW)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("LiMing", "liming"),
        ("  liming\t", "liming"),
        ("ＬｉＭｉｎｇ", "liming"),
        ("x" * 80, "x" * 60),
        ("", ""),
    ],
)
def test_one_account_has_one_key_however_it_is_typed(typed: str, key: str) -> None:
    assert account_key(typed) == key
