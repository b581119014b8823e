"""登录、第二步、换密码的表单：先计一次尝试，再核对；提示不透露账号是否存在。"""

from typing import Any

from django import forms
from django.http import HttpRequest

from gongdi.kernel import clock
from gongdi.kernel.queries import policy_set
from gongdi.orgs.models import User
from gongdi.orgs.services.signin import TryVerdict
from gongdi.orgs.signin import entry, passwords
from gongdi.orgs.signin.models import Way
from gongdi.pages.forms import PageForm


class SigninForm(PageForm):
    """Unit, account, password; with a code as well it is the door for who is locked out by others."""

    unit = forms.CharField(label="所属单位", required=False, max_length=120)
    username = forms.CharField(
        label="手机号或用户名", max_length=60, error_messages={"required": "请填写账号"}
    )
    password = forms.CharField(
        label="密码", strip=False, max_length=256, error_messages={"required": "请填写密码"}
    )
    code = forms.CharField(label="动态口令", required=False, max_length=20)
    keep_unit = forms.BooleanField(label="在这台电脑上记住单位", required=False)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.at = request, entry.Moment(clock.now(), policy_set())
        self.user: User | None = None
        self.locked = False
        self.way = Way.PASSWORD

    def clean(self) -> dict[str, Any]:
        """Try the secrets inside the limits; every refusal reads the same whether the account exists or not."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        code = self.cleaned_data.get("code") or ""
        if not name or not password or self.errors:
            return self.cleaned_data
        if code:
            tried = entry.try_both(self.request, name, password, code, self.at)
            self.way, self.locked = Way.BOTH, tried.user is None
        else:
            tried = entry.try_password(self.request, name, password, self.at)
            self.locked = tried.verdict.locked_until is not None and tried.user is None
        if tried.user is None:
            self.add_error(None, both_sentence(tried.verdict) if code else wrong_sentence(tried.verdict))
        self.user = tried.user
        return self.cleaned_data


class CodeForm(PageForm):
    """Second step: six digits of the authenticator, or one recovery code."""

    code = forms.CharField(
        label="动态口令", max_length=20, error_messages={"required": "请填写 6 位动态口令"}
    )

    def __init__(self, *args: Any, recovery: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if recovery:
            self.fields["code"].label = "恢复码"
            self.fields["code"].error_messages["required"] = "请填写恢复码"


class OwnPasswordForm(PageForm):
    """The present password, asked before something that matters."""

    old = forms.CharField(
        label="现在的密码",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class OwnCodeForm(OwnPasswordForm):
    """Proof that the authenticator holds the secret; the password too, unless it was given a moment ago."""

    code = forms.CharField(
        label="手机上的 6 位口令",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, with_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_password:
            del self.fields["old"]


class NewPasswordForm(PageForm):
    """Present password and the new one twice."""

    old = forms.CharField(
        label="现在的密码",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        max_length=256,
        help_text=passwords.HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再填一次新密码",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both new ones are the same."""
        new, again = self.cleaned_data.get("new"), self.cleaned_data.get("again")
        if new and again and new != again:
            self.add_error("again", "两次填的新密码不一样")
        return self.cleaned_data


def wrong_sentence(verdict: TryVerdict) -> str:
    """What a refused password is told: tries left, or until when nothing is looked at."""
    if not verdict.allowed:
        return locked_sentence(verdict)
    if verdict.locked_until is not None:
        return f"账号或密码不对。{locked_sentence(verdict)}"
    return f"账号或密码不对，还可以试 {verdict.left} 次"


def both_sentence(verdict: TryVerdict) -> str:
    """What a refused pair of password and code is told; never which of the two was wrong."""
    if not verdict.allowed:
        return locked_sentence(verdict)
    return "账号、密码、动态口令有一样不对，或口令已用过，请等手机上换出下一个再试"


def code_sentence(verdict: TryVerdict, name: str, once: bool = False) -> str:
    """What a refused code or present password is told; `once` for what counts one time only."""
    if not verdict.allowed:
        return locked_sentence(verdict)
    if verdict.locked_until is not None:
        return f"{name}不对。{locked_sentence(verdict)}"
    used = "或已用过" if once else ""
    return f"{name}不对{used}，还可以试 {verdict.left} 次"


def locked_sentence(verdict: TryVerdict) -> str:
    """Until when, in Shanghai time."""
    until = verdict.locked_until
    opens = until.astimezone(clock.SHANGHAI).strftime("%H:%M") if until else ""
    who = "这个网络地址尝试次数过多" if verdict.by_source else "尝试次数过多"
    return f"{who}，{opens} 以后可以再试"
