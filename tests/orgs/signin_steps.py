"""登录测试共用：假手机验证器、浏览器的几步。"""

import re
from datetime import datetime

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from gongdi.orgs.models import User
from gongdi.orgs.signin import factors
from tests.builders import NOW, PASSWORD


def code_at(secret: str, moment: datetime) -> str:
    """What an authenticator shows at an instant."""
    return str(format_hotp_value(hotp_value(secret, int(moment.timestamp()) // 30)))


def with_factor(user: User, moment: datetime = NOW) -> tuple[str, list[str]]:
    """Set up one-time codes a minute ago; the secret and the recovery codes."""
    secret = factors.new_secret()
    before = datetime.fromtimestamp(moment.timestamp() - 120, tz=moment.tzinfo)
    codes = factors.set_up(user, secret, code_at(secret, before), before)
    assert codes is not None
    return secret, codes


def post_password(client: Client, user: User, password: str = PASSWORD, **more: str) -> str:
    """First step; where it leads, or the page."""
    answer = client.post("/signin", {"username": user.username, "password": password, **more})
    return answer.headers.get("Location") or answer.content.decode()


def sentences(page: str) -> str:
    """Text of the banner of errors."""
    found = re.search(r'role="alert".*?</div></div>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[0]) if found else ""
