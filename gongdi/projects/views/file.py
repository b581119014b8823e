"""基础信息的填写与提交，入库审核。"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.policy import REVIEW_DAYS
from gongdi.kernel.scope import DataKind
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import entry_rules, queries
from gongdi.projects.files import base_file
from gongdi.projects.forms import BaseFileForm, StartForm
from gongdi.projects.models import EntryFiling, Project
from gongdi.projects.rules import authority_clock
from gongdi.projects.services import changing, entry
from gongdi.projects.views.base import deadlines, head, keeps_file, project_of


def file_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The base file with its check list; 施工总承包 edits it here (基础信息)."""
    project = project_of(request, ref)
    may_edit = keeps_file(request, project)
    values = {name: getattr(project, name) for name in changing.EDITABLE} | {"system": "WGS84"}
    form = BaseFileForm(request.POST or None, initial=values)
    if request.method == "POST" and may_edit and form.is_valid():
        try:
            system = form.cleaned_data.pop("system") or "WGS84"
            changed = changing.edit_base_file(
                project_id=project.pk,
                values=form.cleaned_data,
                by=request.scope,
                now=clock.now(),
                system=system,
            )
            messages.success(request, f"已保存 {len(changed)} 项。" if changed else "没有改动。")
            return redirect("project-file", ref)
        except GongdiError as error:
            form.refuse(error)
    checks = _shown(request, entry_rules.checks(base_file(project), clock.shanghai_day(clock.now())))
    filings = list(EntryFiling.objects.filter(project=project).order_by("-submitted_at"))
    context = head(project, "基础信息") | {
        "form": form if may_edit else None,
        "checks": checks,
        "lacking": sum(bool(check.fault) for check in checks),
        "filings": filings,
        "returned": _returned(filings),
        "waiting": bool(filings) and filings[0].state == EntryFiling.State.SUBMITTED,
        "may_edit": may_edit,
        "supervises": request.scope.authority_id is not None
        and request.scope.authority_id == project.safety_authority_id
        and request.scope.role in changing.HOUSING,
    }
    return render(request, "projects/file.html", context, status=422 if form.errors else 200)


def _shown(request: ScopedRequest, checks: list[entry_rules.Check]) -> list[entry_rules.Check]:
    """The check list without the people, for a role that does not read them."""
    people = request.scope.may_read(DataKind.PEOPLE)
    return [check for check in checks if people or not check.field.startswith("post_")]


def _returned(filings: list[EntryFiling]) -> dict[str, str]:
    """Words of the last return by field, while it has not been answered."""
    if not filings or filings[0].state != EntryFiling.State.RETURNED:
        return {}
    return {str(one["field"]): str(one["words"]) for one in filings[0].defects}


@require_POST
def submit(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Submit for entry."""
    project = project_of(request, ref)
    try:
        entry.submit_entry(project_id=project.pk, by=request.scope, now=clock.now())
        messages.success(request, "已提交入库。入库日期按今天计，审核快慢不影响。")
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("project-file", ref)


def review_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Review of a submission: each item with its value, a defect can be written at each (入库审核)."""
    filing = _filing(request, ref)
    project, now = filing.project, clock.now()
    today = clock.shanghai_day(now)
    said: dict[str, str] = {}
    if request.method == "POST":
        said = {
            name.removeprefix("defect-"): str(value)
            for name, value in request.POST.items()
            if name.startswith("defect-")
        }
        try:
            _decide(request, filing, said)
            return redirect("project", project.ref)
        except GongdiError as error:
            messages.error(request, str(error))
    terms = deadlines()
    limit = terms.policy.get(REVIEW_DAYS, today, filing.authority.division_id)
    last = today if filing.decided_at is None else clock.shanghai_day(filing.decided_at)
    checks = _shown(request, entry_rules.checks(base_file(project), today))
    context = head(project, "入库审核") | {
        "filing": filing,
        "lines": [{"check": check, "words": said.get(check.field, "")} for check in checks],
        "clock": authority_clock(filing.submitted_at, last, limit, terms.calendar),
        "limit": limit,
        "may_decide": filing.state == EntryFiling.State.SUBMITTED
        and request.scope.authority_id == filing.authority_id
        and request.scope.role in changing.HOUSING,
    }
    return render(request, "projects/review.html", context)


def _decide(request: ScopedRequest, filing: EntryFiling, said: dict[str, str]) -> None:
    now = clock.now()
    if request.POST.get("act") == "accept":
        project = entry.accept_entry(filing=filing, by=request.scope, now=now)
        messages.success(request, f"已准予入库，入库日期 {project.entered_on}。")
    else:
        entry.return_entry(filing=filing, defects=said, by=request.scope, now=now)
        messages.success(request, "已退回，每处问题都写在对应的项下面。")


def _filing(request: ScopedRequest, ref: UUID) -> EntryFiling:
    visible = queries.visible(request.scope)
    found = (
        EntryFiling.objects.filter(ref=ref, project__in=visible)
        .select_related("project", "authority")
        .first()
    )
    if found is None:
        raise Http404("没有这次申请")
    project_of(request, found.project.ref)
    return found


def change_start(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Correct the start date (更正开工日期)."""
    project = project_of(request, ref)
    if request.scope.authority_id is None or request.scope.authority_id != project.safety_authority_id:
        raise Http404("没有这一页")
    form = StartForm(request.POST or None, initial={"day": project.started_on})
    if request.method == "POST" and form.is_valid():
        try:
            found: Project = changing.correct_start(
                project_id=project.pk,
                day=form.cleaned_data["day"],
                reason=form.cleaned_data["reason"],
                by=request.scope,
                deadlines=deadlines(),
                now=clock.now(),
            )
            messages.success(request, f"已更正，接入期限 {found.access_deadline}。")
            return redirect("project", ref)
        except GongdiError as error:
            form.refuse(error)
    context = head(project, "更正开工日期") | {
        "form": form,
        "act": "更正",
        "note": "接入期限随之重算，更正前后都留在变更记录里。",
    }
    return render(request, "projects/one_form.html", context, status=422 if form.errors else 200)
