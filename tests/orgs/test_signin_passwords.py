"""密码要求：十位、四类有三、不含账号、不常见、不重复；管理员设的下次必换；到期必换。"""

import re
import string
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from gongdi.kernel.policy import DEFAULTS, PolicyRow
from gongdi.orgs.models import User
from gongdi.orgs.services.accounts import random_password
from gongdi.orgs.signin import passwords
from gongdi.orgs.signin.models import PasswordState
from tests.builders import NOW, PASSWORD, make_authority, make_user

GOOD = "Dust-packet-2027"


@pytest.fixture
def user(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_user("county", make_authority("140105"))


@pytest.mark.parametrize(
    ("password", "sentences"),
    [
        (GOOD, 0),
        ("工地扬尘监测2026Aa", 0),
        ("Aa1-Aa1-x", 1),
        ("alllowercaseletters", 1),
        ("lower1234567890case", 1),
        ("ALLUPPER1234567", 1),
        ("Zhaogong_xd-2026", 1),
        ("2026-DX_GNOGOAHZ-x", 1),
        ("Password-2026", 1),
        ("P@ssword2026!", 1),
        ("Taiyuan@123456", 1),
        ("Qwerty123456!", 1),
        ("Admin@2026-11", 1),
        ("aA1aA1aA1aA1", 1),
        ("x" * 300, 3),
        ("", 3),
    ],
)
def test_what_is_refused(password: str, sentences: int) -> None:
    assert len(passwords.refusals(password, "zhaogong_xd")) == sentences


def classes(password: str) -> int:
    return sum(bool(re.search(pattern, password)) for pattern in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))


@given(st.text(alphabet=string.printable.strip() + "工地", min_size=0, max_size=40))
def test_nothing_short_or_plain_ever_passes(password: str) -> None:
    if not passwords.refusals(password, "zhaogong_xd"):
        assert len(password) >= 10
        assert classes(password) >= 3
        assert "zhaogong_xd" not in password.lower()


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=3, max_size=12), st.booleans())
def test_the_account_is_never_in_the_password(name: str, backwards: bool) -> None:
    inside = name[::-1] if backwards else name
    assert "密码不能含有账号" in passwords.refusals(f"Xx-9{inside}8-yY", name)


def test_the_framework_asks_the_same_rules() -> None:
    validate_password(GOOD)
    with pytest.raises(ValidationError, match="至少 10 位"):
        validate_password("Ab-1")


def test_passwords_made_for_others_are_good_enough() -> None:
    made = [random_password() for _ in range(200)]
    assert sum(not passwords.refusals(one, "li") for one in made) > 150


@pytest.mark.django_db
def test_the_last_five_cannot_come_back(user: User) -> None:
    used = [PASSWORD]
    for n in range(5):
        fresh = f"Dust-packet-{n}"
        passwords.change(user, fresh, policy=DEFAULTS, now=NOW)
        used.append(fresh)
    for old in used[1:]:
        with pytest.raises(passwords.WeakPassword, match="最近 5 次"):
            passwords.change(user, old, policy=DEFAULTS, now=NOW)
    passwords.change(user, PASSWORD, policy=DEFAULTS, now=NOW)
    assert user.check_password(PASSWORD)


@pytest.mark.django_db
def test_a_refused_password_changes_nothing(user: User) -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.change(user, "short", policy=DEFAULTS, now=NOW)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert not PasswordState.objects.exists()


@pytest.mark.django_db
def test_one_set_by_an_administrator_must_be_changed_and_the_change_settles_it(user: User) -> None:
    assert not passwords.must_change(user.pk, DEFAULTS, NOW)
    passwords.change(user, "Told-by-phone-1", policy=DEFAULTS, now=NOW, by_administrator=True)
    assert passwords.must_change(user.pk, DEFAULTS, NOW)
    with pytest.raises(passwords.WeakPassword):
        passwords.change(user, "Told-by-phone-1", policy=DEFAULTS, now=NOW)
    passwords.change(user, GOOD, policy=DEFAULTS, now=NOW)
    assert not passwords.must_change(user.pk, DEFAULTS, NOW)


@pytest.mark.django_db
def test_a_period_decided_by_the_province_asks_for_a_new_one(user: User) -> None:
    passwords.change(user, GOOD, policy=DEFAULTS, now=NOW)
    ninety = DEFAULTS.with_row(
        PolicyRow("security.password_days", None, 90, date(2026, 1, 1), "试验", "省厅", 1)
    )
    assert not passwords.must_change(user.pk, ninety, NOW + timedelta(days=89))
    assert passwords.must_change(user.pk, ninety, NOW + timedelta(days=90))
    assert not passwords.must_change(user.pk, DEFAULTS, NOW + timedelta(days=900)), "默认不要求定期更换"
