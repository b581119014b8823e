"""接入台的页面：测试设备的清单与登记、等第一包、只读链接。"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from gongdi.api.bench import page
from gongdi.api.bench.forms import TrialForm
from gongdi.equipment import bench
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.scope import Scope
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest, public

ONCE = "bench-once"


def bench_list(request: ScopedRequest) -> HttpResponseBase:
    """Trial devices of the own unit and the form of a new one."""
    _tester(request.scope)
    form = TrialForm(request.POST or None, initial={"mn": listing.text(request.GET, "mn", 40)})
    if request.method == "POST" and form.is_valid():
        wish = bench.TrialWish(
            form.cleaned_data["mn"], form.cleaned_data["interval_min"], form.cleaned_data["pm_unit"]
        )
        try:
            made = bench.make_trial(wish, by=request.scope, now=clock.now())
        except GongdiError as error:
            form.refuse(error, "mn")
        else:
            request.session[ONCE] = {str(made.device.ref): made.password}
            return redirect("bench-device", made.device.ref)
    rows = bench.visible_trials(request.scope)
    pager, start = listing.pager(request.GET, rows.count(), f"共 {rows.count():,} 台")
    context = {
        "form": form,
        "rows": rows[start : start + listing.PAGE_SIZE],
        "pager": pager,
        "open_count": rows.filter(ended_at__isnull=True).count(),
    }
    return render(request, "api/bench_list.html", context, status=422 if form.errors else 200)


def bench_device(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """One trial device: wait, explain the newest packet, say how to mend it (接入台)."""
    device = _device(request.scope, ref)
    now = clock.now()
    live = request.headers.get("X-Live") == "1"
    context = page.context(bench.facts_of(device), request, now, _address(request))
    context |= {
        "device": device,
        "now": now,
        "password": "" if live else _once(request, device.ref),
        "stars": "*" * device.password_length,
        "share": bench.open_shares(device, now).first(),
        "crumbs": ({"label": "接入台", "href": reverse("bench")}, {"label": f"测试设备 {device.label}"}),
    }
    if context["share"] is not None:
        token = bench.token_of(context["share"])
        context["share_url"] = request.build_absolute_uri(reverse("bench-shared", args=[token]))
    return render(request, "api/bench_device.html", context)


@public
def bench_shared(request: HttpRequest, token: str) -> HttpResponse:
    """The same page read-only for a colleague with the link, without sign-in."""
    now = clock.now()
    found = bench.shared_device(token, now)
    if found is None:
        return render(request, "api/bench_share_ended.html", status=404)
    device = found.device
    context = page.context(bench.facts_of(device), request, now, "")
    context |= {
        "device": device,
        "now": now,
        "stars": "*" * device.password_length,
        "until": found.expires_at,
    }
    return render(request, "api/bench_shared.html", context)


@require_POST
def bench_act(request: ScopedRequest, ref: UUID, act: str) -> HttpResponseBase:
    """Share, take back, new password, end: one act of the bench, then the page again."""
    device, now = _device(request.scope, ref), clock.now()
    try:
        _act(request, act, device, now)
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("bench-device", ref)


def _act(request: ScopedRequest, act: str, device: Any, now: Any) -> None:
    if act == "share":
        bench.share(device, by=request.scope, now=now)
        messages.info(request, "只读链接已建好，7 天后自动失效")
    elif act == "revoke":
        bench.revoke_shares(device, by=request.scope, now=now)
        messages.info(request, "链接已收回")
    elif act == "password":
        request.session[ONCE] = {str(device.ref): bench.renew_password(device, by=request.scope, now=now)}
    elif act == "end":
        bench.end_trial(device, by=request.scope, now=now)
        messages.info(request, "测试已结束，这个 MN 不再接收")
    else:
        raise Http404("没有这个动作")


def _tester(scope: Scope) -> None:
    if not bench.may_test(scope):
        raise Http404("没有这一页")


def _device(scope: Scope, ref: UUID) -> Any:
    _tester(scope)
    found = bench.visible_trials(scope).filter(ref=ref).first()
    if found is None:
        raise Http404("没有这台测试设备")
    return found


def _once(request: ScopedRequest, ref: UUID) -> str:
    """The password to show this once."""
    kept = request.session.get(ONCE)
    if not isinstance(kept, dict) or str(ref) not in kept:
        return ""
    del request.session[ONCE]
    return str(kept[str(ref)])


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
