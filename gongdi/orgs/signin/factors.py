"""第二因素：动态口令与恢复码，同一口令只用一次，恢复码用过作废。"""

from datetime import datetime

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from gongdi.orgs.models import User

PERIOD = 30
WINDOW = 1
"""The code before and after the present one also counts: clocks of phones differ."""


def new_secret() -> str:
    """A new secret of 160 bits for an authenticator."""
    return str(generate_totp_secret())


def matching_counter(secret: str, code: str, now: datetime) -> int | None:
    """Period whose code was given (动态口令), None when it is none of the three that count."""
    present = int(now.timestamp()) // PERIOD
    for counter in range(present - WINDOW, present + WINDOW + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return counter
    return None


def has_factor(user_id: int) -> bool:
    """Whether the account has set up one-time codes."""
    return bool(Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists())


def check_code(user_id: int, code: str, now: datetime) -> bool:
    """Whether the code is right and newer than every code used before; it is then used up."""
    with transaction.atomic():
        row = (
            Authenticator.objects.select_for_update()
            .filter(user_id=user_id, type=Authenticator.Type.TOTP)
            .first()
        )
        if row is None:
            return False
        counter = matching_counter(get_adapter().decrypt(row.data["secret"]), code, now)
        if counter is None or counter <= row.data.get("used", -1):
            return False
        row.data["used"] = counter
        row.last_used_at = now
        row.save(update_fields=["data", "last_used_at"])
    return True


def check_recovery(user_id: int, code: str, now: datetime) -> bool:
    """Whether the recovery code (恢复码) is right and unused; it is then used up."""
    row = _recovery(user_id)
    if row is None or not RecoveryCodes(row).validate_code(code):
        return False
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=now)
    return True


def codes_left(user_id: int) -> int:
    """Number of recovery codes not yet used."""
    row = _recovery(user_id)
    return 0 if row is None else len(RecoveryCodes(row).get_unused_codes())


def set_up(user: User, secret: str, code: str, now: datetime) -> list[str] | None:
    """Store the secret when the code proves that the phone has it; the recovery codes, None when wrong."""
    counter = matching_counter(secret, code, now)
    if counter is None:
        return None
    with transaction.atomic():
        _remove(user.pk)
        row = TOTP.activate(user, secret).instance
        row.data["used"] = counter
        row.save(update_fields=["data"])
        return _codes(user)


def renew_codes(user: User) -> list[str]:
    """Make new recovery codes; the old ones no longer count."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
        return _codes(user)


def remove(user: User) -> None:
    """Give up one-time codes and recovery codes."""
    with transaction.atomic():
        _remove(user.pk)


def otpauth_url(user: User, secret: str) -> str:
    """Address that an authenticator reads from the QR code."""
    return str(get_adapter().build_totp_url(user, secret))


def _remove(user_id: int) -> None:
    Authenticator.objects.filter(user_id=user_id).delete()


def _codes(user: User) -> list[str]:
    return [str(code) for code in RecoveryCodes.activate(user).get_unused_codes()]


def _recovery(user_id: int) -> Authenticator | None:
    found: Authenticator | None = Authenticator.objects.filter(
        user_id=user_id, type=Authenticator.Type.RECOVERY_CODES
    ).first()
    return found
