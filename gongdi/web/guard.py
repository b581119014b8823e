"""默认不放行：除声明公开的页面外，先登录、有身份，才到得了视图。"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from gongdi.kernel import clock
from gongdi.kernel.scope import Scope
from gongdi.orgs.queries import scope_of
from gongdi.orgs.signin import entry
from gongdi.orgs.signin.models import Outcome
from gongdi.web.pages.errors import help_of

SESSION_KEY = "membership"
NOT_AN_ACT = frozenset({"live"})
"""Opened again by the page itself: no sign that somebody is there."""
WITHOUT_MEMBERSHIP = entry.OWN_PAGES | {"act-as"}
LOOKING = frozenset({"GET", "HEAD"})
READERS_MAY = WITHOUT_MEMBERSHIP | {"signout", "account-identity", "signin-scan"}
"""Addresses of the person alone: a membership that may only look may send these, and nothing else."""


class Guard:
    """Middleware that resolves the scope (范围) once and denies every undeclared view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the decision falls in `process_view`."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """None lets the request through; otherwise the sign-in page or 403."""
        match = request.resolver_match
        if getattr(view, "public", False):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        name = match.url_name or "" if match is not None else ""
        first = entry.held_back(request, name, clock.now(), counts=name not in NOT_AN_ACT)
        if first == "idle":
            entry.leave(request, Outcome.IDLE, clock.now())
            messages.info(request, "长时间没有操作，已自动退出，请重新登录")
            return redirect_to_login(request.get_full_path())
        if first is not None:
            return redirect(first)
        scope = scope_of_request(request)
        # Django 的 ASGI 请求也用 scope 这个名字算协议，先算好再占用
        scheme = request.scheme or "http"
        request._get_scheme = lambda: scheme  # type: ignore[attr-defined]
        request.scope = scope  # type: ignore[attr-defined]
        if scope.is_empty and name not in WITHOUT_MEMBERSHIP:
            return render(request, "errors/no_membership.html", help_of(request), status=403)
        if scope.read_only and request.method not in LOOKING and name not in READERS_MAY:
            return render(request, "errors/read_only.html", help_of(request), status=403)
        return None


def scope_of_request(request: HttpRequest) -> Scope:
    """Scope of the membership the person acts under now; nothing when it has ended."""
    day = clock.shanghai_day(clock.now())
    chosen = request.session.get(SESSION_KEY)
    scope = scope_of(request.user, day, chosen if isinstance(chosen, int) else None)
    if scope.is_empty and chosen is not None:
        scope = scope_of(request.user, day)
    return scope
