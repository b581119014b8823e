"""登录表单：先计一次尝试，再核对密码，提示不透露账号是否存在。"""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from gongdi.kernel import clock
from gongdi.orgs.services.signin import TryVerdict, account_key, begin_try, end_try


class SigninForm(AuthenticationForm):
    """Account and password; counts the try under account and address first."""

    username = forms.CharField(
        label="账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={"required": "请填写账号"},
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "请填写密码"},
    )

    def clean(self) -> dict[str, Any]:
        """Authenticate inside the limits; every refusal reads the same whether the account exists or not."""
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not username or not password:
            return self.cleaned_data
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        verdict = begin_try(username, address, clock.now())
        if not verdict.allowed:
            raise ValidationError(_locked_sentence(verdict), code="locked")
        user = authenticate(self.request, username=account_key(username), password=password)
        if user is None:
            raise ValidationError(_wrong_sentence(verdict), code="invalid_login")
        end_try(username, address)
        self.user_cache = user
        return self.cleaned_data


def _wrong_sentence(verdict: TryVerdict) -> str:
    if verdict.locked_until is not None:
        return f"账号或密码不对。{_locked_sentence(verdict)}"
    return f"账号或密码不对，还可以试 {verdict.left} 次"


def _locked_sentence(verdict: TryVerdict) -> str:
    until = verdict.locked_until
    opens = until.astimezone(clock.SHANGHAI).strftime("%H:%M") if until else ""
    return f"尝试次数过多，{opens} 以后可以再试"
