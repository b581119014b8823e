"""统一身份认证：已关联的账号继续登录，没有关联的停在待授权页，没有任何权限。"""

from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from gongdi.kernel.errors import GongdiError
from gongdi.kernel.queries import policy_set
from gongdi.orgs.models import User
from gongdi.orgs.queries import active_user
from gongdi.orgs.signin import log
from gongdi.orgs.signin.entry import Entry, Moment, proceed
from gongdi.orgs.signin.models import Outcome, Way
from gongdi.orgs.signin.source import source_of

PROVIDER = "sso"
WAITING = "signin_identity"


def offered() -> str:
    """Name of the configured identity provider, empty when none is."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return str(apps[0]["name"]) if apps else ""


def answer(request: HttpRequest, sociallogin: Any, now: datetime) -> HttpResponse:
    """What follows after the provider has named somebody."""
    account = SocialAccount.objects.filter(
        provider=sociallogin.account.provider, uid=sociallogin.account.uid
    ).first()
    user = active_user(account.user_id) if account is not None else None
    if user is None:
        request.session[WAITING] = {
            "provider": sociallogin.account.provider,
            "uid": sociallogin.account.uid,
            "at": int(now.timestamp()),
        }
        note = log.Note(Outcome.UNLINKED, None, Way.SSO, sociallogin.account.uid)
        log.write(note, source=source_of(request), now=now)
        return redirect("signin-waiting")
    at = Moment(now, policy_set())
    wanted = str(sociallogin.state.get("next") or "")
    entry = Entry(Way.SSO, next=wanted if url_has_allowed_host_and_scheme(wanted, None) else "")
    return redirect((entry.next or "workbench") if proceed(request, user, entry, at) else "signin-code")


def waiting(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """Identity that the provider named in this session and that belongs to no account yet; ten minutes."""
    held = request.session.get(WAITING)
    if not isinstance(held, dict) or now.timestamp() - held["at"] > 600:
        return None
    return held


class AlreadyLinked(GongdiError):
    """这个身份已关联别的账号，请找管理员核实。"""


def link(request: HttpRequest, user: User, now: datetime) -> bool:
    """Bind the waiting identity to the account that is signed in (关联); False when there is none."""
    held = waiting(request, now)
    if held is None:
        return False
    bound, _ = SocialAccount.objects.get_or_create(
        provider=held["provider"], uid=held["uid"], defaults={"user": user, "extra_data": {}}
    )
    request.session.pop(WAITING, None)
    if bound.user_id != user.pk:
        raise AlreadyLinked
    note = log.Note(Outcome.LINKED, user, Way.SSO)
    log.write(note, source=source_of(request), now=now)
    return True


def failed(request: HttpRequest) -> HttpResponse:
    """One Chinese page for everything the provider may do wrong."""
    return render(request, "signin/identity_failed.html", {"name": offered()}, status=502)


def linked(user: User) -> bool:
    """Whether the account is bound to an identity."""
    return bool(SocialAccount.objects.filter(user=user).exists())
