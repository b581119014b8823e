"""第二步、扫码登录、我的账号：换密码、动态口令、恢复码、会话。"""

from typing import Any
from uuid import UUID

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as openid
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.queries import policy_set
from gongdi.orgs.queries import choices_of
from gongdi.orgs.services.signin import begin_try, end_try
from gongdi.orgs.signin import audit, duty, entry, factors, identity, log, passwords, qr, sessions
from gongdi.orgs.signin.entry import Moment
from gongdi.orgs.signin.forms import CodeForm, NewPasswordForm, OwnCodeForm, OwnPasswordForm, code_sentence
from gongdi.orgs.signin.models import Outcome, PasswordState
from gongdi.orgs.signin.source import source_of
from gongdi.orgs.tries import code_limits
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest, public

LOG_LINES, ALL_LINES, AUDIT_LINES = 10, 200, 50
SPANS = (7, 1, 30, 180)


def moment() -> Moment:
    """Instant and decided parameters of this request."""
    return Moment(clock.now(), policy_set())


def go_on(request: HttpRequest, wanted: str) -> HttpResponseRedirect:
    """To the page asked for, if it is on this site, else to the workbench."""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if wanted and safe else reverse("workbench"))


@public
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Second step (第二步): one-time code or recovery code, with the tries that are left."""
    at = moment()
    waits = entry.pending(request, at.now)
    if waits is None:
        messages.info(request, "第二步要在五分钟内完成，请重新登录")
        return redirect("signin")
    user, came = waits
    asked = request.POST.get("kind") or request.GET.get("kind")
    kind = "recovery" if asked == "recovery" else "code"
    form = CodeForm(request.POST or None, recovery=kind == "recovery")
    if request.method == "POST" and form.is_valid():
        tried = entry.try_code(request, user, kind, form.cleaned_data["code"], at)
        if tried.user is not None:
            entry.enter(request, user, entry.Entry(came.way, True, unit=came.unit), at)
            return go_on(request, came.next)
        name = "恢复码" if kind == "recovery" else "动态口令"
        form.add_error(None, code_sentence(tried.verdict, name, once=True))
    left = factors.codes_left(user.pk)
    return render(request, "signin/second.html", {"form": form, "kind": kind, "codes_left": left})


@public
@require_POST
def qr_new(request: HttpRequest) -> HttpResponse:
    """A fresh one-time code for this computer, as a piece of the page."""
    now = clock.now()
    try:
        code, row = qr.new_code(request, now)
    except GongdiError as error:
        return HttpResponse(str(error), status=429, content_type="text/plain; charset=utf-8")
    address = request.build_absolute_uri(reverse("signin-scan", args=[code]))
    lasts = int((row.until - now).total_seconds())
    return render(request, "signin/qr.html", {"picture": qr.picture(address), "lasts": lasts})


@public
@require_GET
def qr_state(request: HttpRequest) -> JsonResponse:
    """Whether the phone has scanned and agreed."""
    return JsonResponse({"state": qr.state_of(request, clock.now())})


@public
@require_POST
def qr_enter(request: HttpRequest) -> HttpResponse:
    """The computer comes in after the phone has agreed."""
    at = moment()
    try:
        user, came = qr.redeem(request, at.now)
    except GongdiError as error:
        messages.error(request, str(error))
        return redirect("signin")
    if not entry.proceed(request, user, came, at):
        return redirect("signin-code")
    return go_on(request, request.POST.get("next", ""))


@require_http_methods(["GET", "POST"])
def scan(request: ScopedRequest, code: str) -> HttpResponse:
    """On the phone: which computer wants to sign in, under which unit; 确认 lets it in."""
    now = clock.now()
    try:
        if request.method == "POST":
            qr.approve(request, code, user=request.user, by=request.scope, now=now)
            return render(request, "signin/scan_done.html", {"body": request.scope.body})
        row = qr.scan(code, now=now)
    except GongdiError as error:
        return render(request, "signin/scan_gone.html", {"why": str(error)}, status=410)
    near = row.address == source_of(request).address
    context = {"row": row, "body": request.scope.body, "person": request.scope.person, "near": near}
    return render(request, "signin/scan.html", context)


@public
@require_GET
def identity_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provincial identity provider (统一身份认证); 404 when none is configured."""
    return _by_library(openid.login, request, provider_id)


@public
@require_GET
def identity_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider with its answer."""
    return _by_library(openid.callback, request, provider_id)


def _by_library(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        answer: HttpResponse = view(request, provider_id)
    except (RequestException, OAuth2Error, KeyError, ValueError):
        return identity.failed(request)
    return answer


def identity_answer(request: HttpRequest, sociallogin: Any) -> HttpResponse:
    """Called by the library when the identity provider has named somebody."""
    return identity.answer(request, sociallogin, clock.now())


@public
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """待授权: an identity without a linked account; no rights, and what to do next."""
    return render(
        request,
        "signin/waiting.html",
        {"held": identity.waiting(request, clock.now()), "name": identity.offered()},
    )


@require_GET
def account(request: ScopedRequest) -> HttpResponse:
    """我的账号: units, password, second factor, sessions, sign-ins."""
    now, user = clock.now(), request.user
    shown = ALL_LINES if request.GET.get("log") == "all" else LOG_LINES
    lines = list(log.of_person(user.pk)[: shown + 1])
    context = {
        "units": choices_of(user.pk, clock.shanghai_day(now)),
        "factor": factors.has_factor(user.pk),
        "factor_due": duty.factor_is_due(user.pk, policy_set(), now),
        "codes_left": factors.codes_left(user.pk),
        "password": PasswordState.objects.filter(user=user).first(),
        "sessions": list(sessions.sessions_of(user.pk, now)),
        "this_key": request.session.session_key,
        "lines": lines[:shown],
        "more_lines": len(lines) > shown and shown == LOG_LINES,
        "identity_name": identity.offered(),
        "identity_linked": identity.linked(user),
        "identity_waiting": identity.waiting(request, now),
    }
    return render(request, "signin/account.html", context)


@require_http_methods(["GET", "POST"])
def password(request: ScopedRequest) -> HttpResponse:
    """Change the own password; every other session ends."""
    at, user = moment(), request.user
    must = entry.mark_of(request).get("must", [])
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            prove_password(request, form, "old", at)
            if not form.errors:
                passwords.change(user, form.cleaned_data["new"], policy=at.policy, now=at.now)
        except passwords.WeakPassword as error:
            form.refuse(error, "new")
        if not form.errors:
            return after_password(request, at)
    return render(request, "signin/password.html", {"form": form, "must": "account-password" in must})


def after_password(request: ScopedRequest, at: Moment) -> HttpResponse:
    """Keep this session, end the others, note it, go on to what comes next."""
    before = request.session.session_key or ""
    update_session_auth_hash(request, request.user)
    sessions.moved(before, request.session.session_key or "")
    ended = sessions.end_all(user=request.user, but=request.session.session_key or "", now=at.now)
    note = log.Note(Outcome.PASSWORD_CHANGED, request.user)
    log.write(note, source=source_of(request), now=at.now)
    messages.success(request, f"密码已更换，其他 {ended} 处登录已退出" if ended else "密码已更换")
    following = entry.settle(request, duty.PASSWORD_PAGE)
    return redirect(following or "account")


def prove_password(request: ScopedRequest, form: Any, field: str, at: Moment) -> None:
    """Count one try and look at the present password; the refusal stands at the field."""
    user = request.user
    limits = code_limits("own", user.username, source_of(request).address, duty.try_rules(at.policy, at.now))
    verdict = begin_try(limits, at.now)
    if verdict.allowed and user.check_password(form.cleaned_data[field]):
        end_try(limits)
    else:
        form.add_error(field, code_sentence(verdict, "现在的密码"))


@require_http_methods(["GET", "POST"])
def factor(request: ScopedRequest) -> HttpResponse:
    """Set up one-time codes (动态口令): QR code and secret, proved by a code; then the recovery codes, once."""
    at, user, mark = moment(), request.user, entry.mark_of(request)
    must = duty.FACTOR_PAGE in mark.get("must", [])
    secret = str(request.session.get("signin_secret") or factors.new_secret())
    request.session["signin_secret"] = secret
    form = OwnCodeForm(request.POST or None, with_password=not must)
    if request.method == "POST" and form.is_valid():
        if not must:
            prove_password(request, form, "old", at)
        codes = None if form.errors else factors.set_up(user, secret, form.cleaned_data["code"], at.now)
        if codes is not None:
            return after_factor(request, codes, Outcome.FACTOR_ADDED, at)
        if not form.errors:
            form.add_error("code", "口令不对，请等手机上换出下一个再填；手机时间要与北京时间一致")
    url = factors.otpauth_url(user, secret)
    grouped = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    context = {"form": form, "must": must, "picture": qr.picture(url), "url": url, "secret": grouped}
    return render(request, "signin/factor.html", context)


def after_factor(request: ScopedRequest, codes: list[str], outcome: str, at: Moment) -> HttpResponse:
    """Show the recovery codes this once; they are stored nowhere in clear."""
    request.session.pop("signin_secret", None)
    mark = entry.mark_of(request)
    if mark and outcome == Outcome.FACTOR_ADDED:
        request.session[sessions.MARK] = mark | {"factor": True}
    following = entry.settle(request, duty.FACTOR_PAGE)
    log.write(log.Note(outcome, request.user), source=source_of(request), now=at.now)
    context = {"codes": codes, "following": reverse(following or "workbench"), "at": at.now}
    return render(request, "signin/codes.html", context)


@require_http_methods(["GET", "POST"])
def codes(request: ScopedRequest) -> HttpResponse:
    """New recovery codes (恢复码) against the password; the old ones end."""
    at, user = moment(), request.user
    if not factors.has_factor(user.pk):
        return redirect(duty.FACTOR_PAGE)
    form = OwnPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        prove_password(request, form, "old", at)
        if not form.errors:
            return after_factor(request, factors.renew_codes(user), Outcome.CODES_RENEWED, at)
    context = {
        "form": form,
        "title": "换一套恢复码",
        "act": "换一套",
        "why": "换出后，原来的恢复码全部作废。",
    }
    return render(request, "signin/confirm.html", context)


@require_http_methods(["GET", "POST"])
def factor_off(request: ScopedRequest) -> HttpResponse:
    """Give up the second factor against the password, where no duty demands it."""
    at, user = moment(), request.user
    form = OwnPasswordForm(request.POST or None)
    due = duty.factor_is_due(user.pk, at.policy, at.now)
    if request.method == "POST" and form.is_valid():
        if due:
            form.add_error(None, "按规定本身份必须第二步验证，不能停用；换手机请重新设置")
        else:
            prove_password(request, form, "old", at)
        if not form.errors:
            factors.remove(user)
            log.write(log.Note(Outcome.FACTOR_REMOVED, user), source=source_of(request), now=at.now)
            messages.success(request, "动态口令已停用")
            return redirect("account")
    why = "停用后只凭密码就能登录，账号被人冒用的可能变大。"
    context = {"form": form, "title": "停用动态口令", "act": "停用", "why": why}
    return render(request, "signin/confirm.html", context)


@require_POST
def end_session(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """End one of the own sessions."""
    now = clock.now()
    if not sessions.end_session(user=request.user, ref=ref, now=now):
        raise Http404("没有这个会话")
    log.write(log.Note(Outcome.ENDED, request.user), source=source_of(request), now=now)
    messages.success(request, "那一处登录已退出")
    return redirect("account")


@require_GET
def audit_log(request: ScopedRequest) -> HttpResponse:
    """Log of sign-ins (登录记录) for the audit administrator; 403 for everybody else."""
    if not audit.may_audit(request.scope):
        raise PermissionDenied
    now, query = clock.now(), request.GET
    outcome = listing.choice(query, "outcome", ["failed", *Outcome.values])
    days = int(listing.choice(query, "days", [str(one) for one in SPANS]) or SPANS[0])
    wanted = audit.Wanted(listing.text(query, "q"), outcome, days)
    found = audit.lines(wanted, by=request.scope, now=now)
    total = found.count()
    pager, offset = listing.pager(query, total, f"共 {total:,} 条", AUDIT_LINES)
    context = {
        "now": now,
        "wanted": wanted,
        "total": total,
        "rows": list(found[offset : offset + AUDIT_LINES]),
        "pager": pager,
        "outcomes": [("failed", "所有失败"), *Outcome.choices],
        "spans": SPANS,
        "failures": audit.FAILURES,
    }
    return render(request, "signin/audit.html", context)


@require_POST
def link_identity(request: ScopedRequest) -> HttpResponse:
    """Bind the identity named by the provider in this session to the own account."""
    try:
        if identity.link(request, request.user, clock.now()):
            messages.success(request, "统一身份已关联，下次可以直接用它登录")
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("account")
