"""监督员：谁手里有多少项目、没有监督员的项目，指定与移交。"""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.orgs.models import Membership, User
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.duties import without_officer
from gongdi.projects.forms import HandOverForm
from gongdi.projects.models import Supervision
from gongdi.projects.services import officers


def officers_page(request: ScopedRequest) -> HttpResponse:
    """Officers of the own body with their projects, and the projects without one (监督员)."""
    authority_id = _body(request)
    colleagues = _colleagues(authority_id)
    form = HandOverForm(request.POST or None, colleagues=_choices(colleagues))
    lacking = without_officer(request.scope)
    if request.method == "POST" and form.is_valid():
        picked = {int(key) for key in request.POST.getlist("project") if key.isdigit()}
        wanted = sorted(picked & {row.project_id for row in lacking})
        try:
            done = officers.assign_officer(
                project_ids=wanted, officer_id=int(form.cleaned_data["taker"]), by=request.scope, now=clock.now(),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            messages.success(request, f"已指定 {len(wanted)} 个项目的监督员，{done} 个方面。")
            return redirect("officers")
        except GongdiError as error:
            form.refuse(error)
    held = dict(
        Supervision.objects.filter(authority_id=authority_id, valid_to__isnull=True, officer__isnull=False)
        .exclude(project__status="completed")
        .values_list("officer_id")
        .annotate(n=Count("project_id", distinct=True))
    )
    missing: dict[int, list[Supervision]] = {}
    for row in lacking:
        missing.setdefault(row.project_id, []).append(row)
    context = {
        "colleagues": [{"person": one, "projects": held.get(one.pk, 0)} for one in colleagues],
        "missing": [{"project": rows[0].project, "aspects": [row.get_aspect_display() for row in rows]} for rows in missing.values()],
        "form": form,
        "now": clock.now(),
    }  # fmt: skip
    return render(request, "projects/officers.html", context, status=422 if form.errors else 200)


def hand_over_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Hand all projects of one officer to a colleague in one act (移交监督员)."""
    authority_id = _body(request)
    giver = User.objects.filter(ref=ref).first()
    rows = Supervision.objects.filter(authority_id=authority_id, officer=giver, valid_to__isnull=True)
    projects = list(rows.select_related("project").order_by("project__number"))
    if giver is None or not (projects or giver.pk in {one.pk for one in _colleagues(authority_id)}):
        raise Http404("没有这位监督员")
    others = [one for one in _colleagues(authority_id) if one.pk != giver.pk]
    form = HandOverForm(request.POST or None, colleagues=_choices(others))
    if request.method == "POST" and form.is_valid():
        try:
            officers.hand_over(
                giver_id=giver.pk, taker_id=int(form.cleaned_data["taker"]), by=request.scope, now=clock.now(),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            messages.success(
                request, f"已移交 {len({row.project_id for row in projects})} 个项目，历史保留。"
            )
            return redirect("officers")
        except GongdiError as error:
            form.refuse(error)
    seen = {row.project_id: row.project for row in projects}
    context = {
        "giver": giver,
        "projects": list(seen.values()),
        "form": form,
        "others": others,
        "now": clock.now(),
    }
    return render(request, "projects/hand_over.html", context, status=422 if form.errors else 200)


def _body(request: ScopedRequest) -> int:
    if request.scope.authority_id is None:
        raise Http404("没有这一页")
    return request.scope.authority_id


def _colleagues(authority_id: int) -> QuerySet[User]:
    """People of a body who may act for it now, by name."""
    today = clock.shanghai_day(clock.now())
    members = Membership.objects.filter(
        authority_id=authority_id, ended_at__isnull=True, read_only=False, valid_from__lte=today
    ).exclude(valid_to__lt=today)
    return User.objects.filter(id__in=members.values("user_id"), is_active=True).order_by(
        "display_name", "id"
    )


def _choices(people: "QuerySet[User] | list[User]") -> list[tuple[str, str]]:
    return [(str(one.pk), one.display_name) for one in people]
