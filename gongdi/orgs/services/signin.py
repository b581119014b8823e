"""登录尝试的计数与锁定：先记一次，再看密码，并发也多试不了。"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from gongdi.orgs.models import SigninAttempt
from gongdi.orgs.tries import TryLimit, TryState, after_try, is_locked

FORGET_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TryVerdict:
    """Whether the secret may be looked at; tries left under the first key, locked until when and by what."""

    allowed: bool
    left: int
    locked_until: datetime | None
    by_source: bool = False


def account_key(username: str) -> str:
    """Key of an account name as typed: one form for upper case, width and blanks, at most 60 characters."""
    return unicodedata.normalize("NFKC", username).strip().lower()[:60]


def begin_try(limits: Sequence[TryLimit], now: datetime) -> TryVerdict:
    """Count one try before the secret is looked at; refuse while any key is locked.

    The last allowed try is still looked at and locks the key at once, so that tries in parallel cannot
    exceed the limit; `end_try` takes the lock back when the secret was right.
    """
    _forget_old(now)
    with transaction.atomic():
        _lock_keys([limit.key for limit in limits])
        rows = SigninAttempt.objects.in_bulk([limit.key for limit in limits])
        states = {key: TryState(row.tries, row.last_at, row.locked_until) for key, row in rows.items()}
        locked = {key: state.locked_until for key, state in states.items() if is_locked(state, now)}
        if locked:
            until = max(moment for moment in locked.values() if moment is not None)
            return TryVerdict(False, 0, until, by_source=limits[0].key not in locked)
        after = {limit.key: after_try(states.get(limit.key), limit, now) for limit in limits}
        for key, state in after.items():
            _store(key, state)
    first = after[limits[0].key]
    return TryVerdict(True, limits[0].tries - first.tries, first.locked_until)


def end_try(limits: Sequence[TryLimit]) -> None:
    """Forget the tries under the first key after a right secret; the source gets back this one try only."""
    with transaction.atomic():
        _lock_keys([limit.key for limit in limits])
        SigninAttempt.objects.filter(key=limits[0].key).delete()
        for row in SigninAttempt.objects.filter(key__in=[limit.key for limit in limits[1:]]):
            row.tries = max(0, row.tries - 1)
            row.locked_until = None
            row.save(update_fields=["tries", "locked_until"])


def _lock_keys(keys: list[str]) -> None:
    with connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 379))", [key])


def _store(key: str, state: TryState) -> None:
    SigninAttempt.objects.update_or_create(
        key=key,
        defaults={"tries": state.tries, "last_at": state.last_at, "locked_until": state.locked_until},
    )


def _forget_old(now: datetime) -> None:
    with transaction.atomic():
        old = SigninAttempt.objects.filter(last_at__lt=now - FORGET_AFTER).exclude(locked_until__gt=now)
        old = old.select_for_update(skip_locked=True)
        SigninAttempt.objects.filter(key__in=[row.key for row in old[:500]]).delete()
