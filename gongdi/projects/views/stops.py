"""停工的申请、审批、复工与撤回。"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.policy import EXEMPTION_DECISION_DAYS
from gongdi.kernel.scope import Role
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries
from gongdi.projects.forms import StopForm
from gongdi.projects.models import Stop
from gongdi.projects.rules import authority_clock
from gongdi.projects.services import changing, stops
from gongdi.projects.services.stops import StopWish
from gongdi.projects.views.base import deadlines, head, project_of


def stops_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Stops of a project and the application of 建设单位 (停工)."""
    project = project_of(request, ref)
    may_apply = request.scope.role is Role.DEVELOPER
    form = StopForm(request.POST or None, initial={"kind": Stop.Kind.APPROVED})
    if request.method == "POST" and may_apply and form.is_valid():
        try:
            wish = StopWish(**form.cleaned_data)
            stops.apply_stop(project_id=project.pk, wish=wish, by=request.scope, now=clock.now())
            messages.success(request, "已提交。批准前照常应传，批准后按申请的起日免传。")
            return redirect("project-stops", ref)
        except GongdiError as error:
            form.refuse(error)
    found = Stop.objects.filter(project=project).select_related("authority").order_by("-starts", "-id")
    context = head(project, "停工") | {"form": form if may_apply else None, "stops": found}
    return render(request, "projects/stops.html", context, status=422 if form.errors else 200)


def stop_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """One stop: what was applied for, its clock, the decision (停工审批)."""
    visible = queries.visible(request.scope)
    stop = Stop.objects.filter(ref=ref, project__in=visible).select_related("project", "authority").first()
    if stop is None:
        raise Http404("没有这次停工")
    project_of(request, stop.project.ref)
    if request.method == "POST":
        try:
            _act(request, stop)
            return redirect("stop", ref)
        except GongdiError as error:
            messages.error(request, str(error))
    now, terms = clock.now(), deadlines()
    today = clock.shanghai_day(now)
    limit = terms.policy.get(EXEMPTION_DECISION_DAYS, today, stop.authority.division_id)
    last = today if stop.decided_at is None else clock.shanghai_day(stop.decided_at)
    scope = request.scope
    own = scope.authority_id == stop.authority_id and scope.role in changing.HOUSING
    context = head(stop.project, "停工审批") | {
        "stop": stop,
        "days": (stop.ends - stop.starts).days + 1,
        "clock": authority_clock(stop.applied_at, last, limit, terms.calendar),
        "limit": limit,
        "may_decide": own and stop.state == Stop.State.APPLIED,
        "may_withdraw": scope.role is Role.DEVELOPER and stop.state == Stop.State.APPLIED,
        "may_resume": (own or scope.role is Role.DEVELOPER)
        and stop.state == Stop.State.APPROVED
        and stop.resumed_on is None
        and stop.starts < today <= stop.ends,
        "today": today,
    }
    return render(request, "projects/stop.html", context)


def _act(request: ScopedRequest, stop: Stop) -> None:
    now, act = clock.now(), request.POST.get("act", "")
    if act in ("approve", "refuse"):
        words = request.POST.get("words", "")[:300]
        stops.decide_stop(stop=stop, approve=act == "approve", words=words, by=request.scope, now=now)
        messages.success(request, "已批准，停工期内三路不计应传。" if act == "approve" else "已不予批准。")
    elif act == "resume":
        stops.resume(stop=stop, day=clock.shanghai_day(now), by=request.scope, now=now)
        messages.success(request, "已登记复工，从今天起恢复应传。")
    elif act == "withdraw":
        stops.withdraw(stop=stop, by=request.scope, now=now)
        messages.success(request, "已撤回。")
