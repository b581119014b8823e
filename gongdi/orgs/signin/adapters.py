"""django-allauth 的接入点：第二因素加密存放，统一身份登录从不自动建号。"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from gongdi.orgs.personal import seal, unseal


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: secrets are stored encrypted with a key derived from the generated secret."""

    def encrypt(self, text: str) -> str:
        """Sealed like personal data (SM4-GCM); the name of the algorithm stands before the value."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Opposite of `encrypt`."""
        return unseal(encrypted_text)

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
