"""登录尝试与锁定的纯规则。"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LOCK_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class TryLimit:
    """Number of tries allowed within 30 minutes under one key."""

    key: str
    tries: int


@dataclass(frozen=True, slots=True)
class TryState:
    """State of one key: tries so far, time of the last one, locked until."""

    tries: int
    last_at: datetime
    locked_until: datetime | None


def try_limits(username: str, address: str) -> tuple[TryLimit, TryLimit, TryLimit]:
    """Limits of one try (登录尝试): 5 by account and address, 20 by account, 100 by address.

    The narrow key keeps a stranger elsewhere from locking a person out at the usual place; the wide ones
    bound guessing from many addresses at one account and from one address at many accounts.
    """
    return (
        TryLimit(f"both:{username}@{address}", 5),
        TryLimit(f"account:{username}", 20),
        TryLimit(f"address:{address}", 100),
    )


def is_locked(state: TryState | None, now: datetime) -> bool:
    """Whether the key is locked at this instant."""
    return state is not None and state.locked_until is not None and now < state.locked_until


def after_try(state: TryState | None, limit: TryLimit, now: datetime) -> TryState:
    """State after one more try; counting starts again 30 minutes after the last try or after a lock."""
    if state is None or now - state.last_at >= LOCK_FOR or state.locked_until is not None:
        tries = 1
    else:
        tries = state.tries + 1
    return TryState(tries, now, now + LOCK_FOR if tries >= limit.tries else None)
