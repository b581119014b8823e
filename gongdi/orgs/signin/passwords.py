"""密码的要求与更换：十位以上、四类有三、不含账号、不常见、不重复近几次。"""

import re
from datetime import datetime

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.policy import PASSWORD_DAYS, PASSWORD_HISTORY, PolicySet
from gongdi.orgs.models import User
from gongdi.orgs.signin.models import PasswordState

LEAST = 10
CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
WEAK_WORDS = frozenset(
    [
        "password",
        "passw0rd",
        "admin",
        "administrator",
        "root",
        "user",
        "test",
        "welcome",
        "login",
        "qwerty",
        "asdfgh",
        "zxcvbn",
        "abc",
        "abcd",
        "letmein",
        "gongdi",
        "zhihuigongdi",
        "shanxi",
        "taiyuan",
        "datong",
        "changzhi",
        "jincheng",
        "zhujian",
        "zhujianju",
        "mima",
        "woaini",
    ]
)
HINT = "至少 10 位，含大写字母、小写字母、数字、符号中的三类，不含账号，不用常见密码"


class WeakPassword(GongdiError):
    """密码不合要求，请换一个。"""


class StrongPassword:
    """Validator of Django for all rules that look at the password and the account only (密码要求)."""

    def validate(self, password: str, user: object = None) -> None:
        """ValidationError with every sentence that applies."""
        found = refusals(password, str(getattr(user, "username", "") or ""))
        if found:
            raise ValidationError(found)

    def get_help_text(self) -> str:
        """The rules in one sentence."""
        return HINT


def refusals(password: str, username: str) -> list[str]:
    """Sentences about what is wrong with a password; empty when it is good enough."""
    found = []
    if len(password) < LEAST:
        found.append(f"密码至少 {LEAST} 位，现在是 {len(password)} 位")
    if len(password) > 256:
        found.append("密码最多 256 位")
    if sum(bool(re.search(pattern, password)) for pattern in CLASSES) < 3:
        found.append("密码应含大写字母、小写字母、数字、符号中的三类")
    low = password.lower()
    if len(username) >= 3 and (username.lower() in low or username.lower()[::-1] in low):
        found.append("密码不能含有账号")
    if _is_common(low):
        found.append("密码太常见，容易被猜到，请换一个")
    return found


def change(user: User, new: str, *, policy: PolicySet, now: datetime, by_administrator: bool = False) -> None:
    """Store a new password after all rules; WeakPassword with the sentences otherwise.

    One set by an administrator (管理员重置) must be changed at the next sign-in.
    """
    keep = policy.get(PASSWORD_HISTORY, shanghai_day(now))
    with transaction.atomic():
        state, _ = PasswordState.objects.select_for_update().get_or_create(user=user)
        earlier = [user.password, *state.earlier][:keep]
        if not by_administrator:
            try:
                validate_password(new, user)
            except ValidationError as error:
                raise WeakPassword("；".join(error.messages)) from None
            if any(check_password(new, held) for held in earlier):
                raise WeakPassword(f"不能使用最近 {keep} 次用过的密码")
        user.set_password(new)
        user.save(update_fields=["password"])
        state.earlier, state.changed_at, state.must_change = earlier, now, by_administrator
        state.save()


def require_change(user: User) -> None:
    """The password was told by somebody else: it must be changed at the next sign-in."""
    PasswordState.objects.update_or_create(user=user, defaults={"must_change": True})


def must_change(user_id: int, policy: PolicySet, now: datetime) -> bool:
    """Whether the password must be changed before anything else: told by an administrator, or too old."""
    state = PasswordState.objects.filter(user_id=user_id).first()
    days = policy.get(PASSWORD_DAYS, shanghai_day(now))
    if state is None:
        return False
    return state.must_change or bool(days and state.changed_at and (now - state.changed_at).days >= days)


def _is_common(low: str) -> bool:
    try:
        CommonPasswordValidator().validate(low)
    except ValidationError:
        return True
    core = re.sub(r"[^a-z]+$", "", low).replace("@", "a")
    return core in WEAK_WORDS or len(set(low)) < 4
