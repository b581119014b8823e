"""空系统第一次启动时建一个管理账号，口令只给一次。"""

import pytest

from gongdi.kernel.scope import Role
from gongdi.orgs.models import User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import FIRST_ACCOUNT, ensure_first_account, random_password
from tests.builders import TODAY

pytestmark = pytest.mark.django_db


def test_the_first_account_is_made_once() -> None:
    password = ensure_first_account(TODAY)
    assert password is not None
    user = User.objects.get(username=FIRST_ACCOUNT)
    assert user.check_password(password)
    assert user.password.startswith("argon2")
    assert scope_of(user, TODAY).role is Role.PROVINCE
    assert ensure_first_account(TODAY) is None


def test_passwords_are_long_and_without_lookalikes() -> None:
    found = {random_password() for _ in range(200)}
    assert len(found) == 200
    assert all(len(word) == 14 and not set(word) & set("0O1lI") for word in found)
