"""登录尝试与锁定的纯规则。"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class TryRules:
    """Numbers in force: tries per account, tries per source, how long a lock lasts."""

    account: int = 5
    source: int = 100
    lock: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class TryLimit:
    """Number of tries allowed within `lock` under one key.

    A leaking key gives tries back evenly: thousands of people behind one address never lock it by their
    ordinary mistakes of a day, a burst does.
    """

    key: str
    tries: int
    lock: timedelta
    leaks: bool = False


@dataclass(frozen=True, slots=True)
class TryState:
    """State of one key: tries so far, time of the last one, locked until."""

    tries: int
    last_at: datetime
    locked_until: datetime | None


def password_limits(account: str, address: str, rules: TryRules) -> tuple[TryLimit, TryLimit]:
    """Limits of one password (密码): by account from wherever it comes, and by source."""
    return (TryLimit(f"account:{account}", rules.account, rules.lock), source_limit(address, rules))


def code_limits(kind: str, account: str, address: str, rules: TryRules) -> tuple[TryLimit, TryLimit]:
    """Limits of one code (`code` 动态口令, `recovery` 恢复码): counted apart from the password and each other."""
    return (TryLimit(f"{kind}:{account}", rules.account, rules.lock), source_limit(address, rules))


def source_limit(address: str, rules: TryRules) -> TryLimit:
    """Limit of everything that comes from one address."""
    return TryLimit(f"address:{address}", rules.source, rules.lock, leaks=True)


def is_locked(state: TryState | None, now: datetime) -> bool:
    """Whether the key is locked at this instant."""
    return state is not None and state.locked_until is not None and now < state.locked_until


def after_try(state: TryState | None, limit: TryLimit, now: datetime) -> TryState:
    """State after one more try; counting starts again `lock` after the last try or after a lock."""
    if state is None or now - state.last_at >= limit.lock or state.locked_until is not None:
        tries, at = 1, now
    elif limit.leaks:
        step = limit.lock / limit.tries
        back = min(state.tries, (now - state.last_at) // step)
        tries, at = state.tries - back + 1, state.last_at + back * step
    else:
        tries, at = state.tries + 1, now
    return TryState(tries, at, now + limit.lock if tries >= limit.tries else None)
