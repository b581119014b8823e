"""登录尝试的纯规则：计数、锁定、到时恢复，边界逐秒。"""

from datetime import timedelta

import pytest

from gongdi.orgs.services.signin import account_key
from gongdi.orgs.tries import LOCK_FOR, TryLimit, TryState, after_try, is_locked, try_limits
from tests.builders import NOW

LIMIT = TryLimit("both:a@b", 5)
SECOND = timedelta(seconds=1)


def test_the_limits_are_five_twenty_and_a_hundred() -> None:
    assert [(limit.key, limit.tries) for limit in try_limits("li", "10.0.0.9")] == [
        ("both:li@10.0.0.9", 5),
        ("account:li", 20),
        ("address:10.0.0.9", 100),
    ]


@pytest.mark.parametrize(
    ("before", "tries", "locked"),
    [
        (None, 1, False),
        (TryState(1, NOW - SECOND, None), 2, False),
        (TryState(3, NOW - SECOND, None), 4, False),
        (TryState(4, NOW - SECOND, None), 5, True),
        (TryState(4, NOW - LOCK_FOR + SECOND, None), 5, True),
        (TryState(4, NOW - LOCK_FOR, None), 1, False),
        (TryState(5, NOW - timedelta(minutes=31), NOW - SECOND), 1, False),
    ],
)
def test_counting(before: TryState | None, tries: int, locked: bool) -> None:
    after = after_try(before, LIMIT, NOW)
    assert (after.tries, after.last_at) == (tries, NOW)
    assert after.locked_until == (NOW + LOCK_FOR if locked else None)


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
