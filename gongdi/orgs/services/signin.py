"""登录尝试的计数与锁定：先记一次，再看密码，并发也多试不了。"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from gongdi.orgs.models import SigninAttempt
from gongdi.orgs.tries import LOCK_FOR, TryState, after_try, is_locked, try_limits


@dataclass(frozen=True, slots=True)
class TryVerdict:
    """Whether the password may be looked at; tries left under the narrow key, locked until when."""

    allowed: bool
    left: int
    locked_until: datetime | None


def account_key(username: str) -> str:
    """Key of an account name as typed: one form for upper case, width and blanks, at most 60 characters."""
    return unicodedata.normalize("NFKC", username).strip().lower()[:60]


def begin_try(username: str, address: str, now: datetime) -> TryVerdict:
    """Count one try before the password is looked at; refuse while any key is locked.

    The last allowed try is still looked at and locks the key at once, so that tries in parallel cannot
    exceed the limit; `end_try` takes the lock back when the password was right.
    """
    limits = try_limits(account_key(username), address)
    _forget_old(now)
    with transaction.atomic():
        _lock_keys([limit.key for limit in limits])
        rows = SigninAttempt.objects.in_bulk([limit.key for limit in limits])
        states = {key: TryState(row.tries, row.last_at, row.locked_until) for key, row in rows.items()}
        locked = [state.locked_until for state in states.values() if is_locked(state, now)]
        if locked:
            return TryVerdict(False, 0, max(until for until in locked if until is not None))
        after = {limit.key: after_try(states.get(limit.key), limit, now) for limit in limits}
        for key, state in after.items():
            _store(key, state)
    narrow = after[limits[0].key]
    return TryVerdict(True, limits[0].tries - narrow.tries, narrow.locked_until)


def end_try(username: str, address: str) -> None:
    """Forget the tries after a right password; the address keeps those it spent on other accounts."""
    narrow, account, place = try_limits(account_key(username), address)
    with transaction.atomic():
        _lock_keys([narrow.key, account.key, place.key])
        spent = SigninAttempt.objects.filter(key=narrow.key).values_list("tries", flat=True).first() or 0
        SigninAttempt.objects.filter(key__in=[narrow.key, account.key]).delete()
        at_place = SigninAttempt.objects.filter(key=place.key).first()
        if at_place is not None:
            at_place.tries = max(0, at_place.tries - spent)
            at_place.locked_until = None
            at_place.save(update_fields=["tries", "locked_until"])


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
        old = SigninAttempt.objects.filter(last_at__lt=now - LOCK_FOR).select_for_update(skip_locked=True)
        SigninAttempt.objects.filter(key__in=[row.key for row in old[:500]]).delete()
