"""django-allauth 的接入点：第二因素加密存放，统一身份登录从不自动建号。"""

import base64
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest

VERSION = "aesgcm1."
PURPOSE = b"gongdi second factor"


def _cipher() -> AESGCM:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE)
    return AESGCM(derive.derive(settings.SECRET_KEY.encode()))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: secrets are stored encrypted with a key derived from the generated secret."""

    def encrypt(self, text: str) -> str:
        """AES-256-GCM; the name of the algorithm stands before the value, so that it can be changed."""
        nonce = os.urandom(12)
        sealed = _cipher().encrypt(nonce, text.encode(), PURPOSE)
        return VERSION + base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Opposite of `encrypt`."""
        raw = base64.b64decode(encrypted_text.removeprefix(VERSION))
        return _cipher().decrypt(raw[:12], raw[12:], PURPOSE).decode()

    def get_totp_issuer(self) -> str:
        """Name shown by the authenticator on the phone."""
        return "智慧工地"

    def get_totp_label(self, user: Any) -> str:
        """Account shown by the authenticator on the phone."""
        return f"智慧工地:{user.get_username()}"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by delegation (委托开户), never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Provincial identity (统一身份认证): a linked account goes on to our own steps, others wait without rights."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """No account comes into being by an identity."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Leave the flow of the library here: what follows is decided by us."""
        from gongdi.orgs.signin.views import identity_answer

        raise ImmediateHttpResponse(identity_answer(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """Every failure of the identity provider is one Chinese page."""
        from gongdi.orgs.signin.identity import failed

        raise ImmediateHttpResponse(failed(request))
