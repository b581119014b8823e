"""项目清单、导出和项目详情的入口。"""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from gongdi.boards.projects import code, columns, detail, exported, listing, officers, urging
from gongdi.inventory.services.imports import may_register
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.pages import csv_file, xlsx_file
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries as projects
from gongdi.projects.models import Project


def project_list(request: ScopedRequest) -> HttpResponse:
    """The inventory inside the scope."""
    if (address := columns.picked(request.GET)) is not None:
        return redirect(reverse("projects") + address)
    now = clock.now()
    context = listing.page(request.scope, request.GET, clock.shanghai_day(now))
    context |= {"now": now, "may_start": may_register(request.scope)}
    return render(request, "boards/project_list.html", context)


def project_csv(request: ScopedRequest) -> HttpResponse:
    """The current filter and order as CSV (UTF-8 with BOM), formulas of spreadsheets disarmed."""
    now = clock.now()
    today = clock.shanghai_day(now)
    lines = listing.selected(request.scope, request.GET, today)
    return csv_file.answer(_name(now, "csv"), exported.HEAD, exported.rows(lines, today))


def project_xlsx(request: ScopedRequest) -> HttpResponseBase:
    """The current filter and order as a spreadsheet."""
    now = clock.now()
    today = clock.shanghai_day(now)
    lines = listing.selected(request.scope, request.GET, today)
    return xlsx_file.answer(_name(now, "xlsx"), exported.HEAD, exported.rows(lines, today))


def projects_picked(request: ScopedRequest) -> HttpResponseBase:
    """The rows ticked in the list as a spreadsheet; what is outside the scope is left out."""
    now = clock.now()
    today = clock.shanghai_day(now)
    refs = picked_refs(request.POST)
    lines = listing.picked(request.scope, refs, today)
    if not lines:
        messages.info(request, "还没有勾选项目，先在清单里勾选。")
        return redirect("projects")
    return xlsx_file.answer(_name(now, "xlsx"), exported.HEAD, exported.rows(lines, today))


def projects_urge(request: ScopedRequest) -> HttpResponse:
    """Urge the ticked projects that are not connected (催办), then show the list again."""
    try:
        count, told = urging.urge(picked_refs(request.POST), by=request.scope, now=clock.now())
    except GongdiError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"已催办 {count} 个未接入的项目，告知 {told} 人；今天已告知过的不重复发。")
    return _back(request)


def projects_officer(request: ScopedRequest) -> HttpResponse:
    """Hand the ticked projects to a colleague of the own body (移交监督员), then show the list again."""
    try:
        count, name = officers.hand_to(
            picked_refs(request.POST), request.POST.get("officer", ""), request.scope, clock.now()
        )
    except GongdiError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{count} 个项目已移交给{name}，变更记录里能查到原监督员。")
    return _back(request)


def _back(request: ScopedRequest) -> HttpResponse:
    """The list as it was."""
    back = request.POST.get("back", "")
    return redirect(reverse("projects") + (back if back.startswith("?") else ""))


def project_page(request: ScopedRequest, ref: UUID, tab: str = "") -> HttpResponse:
    """One project; tabs that have no data yet say so, those outside the kinds of data of the role do not exist."""
    project = _found(request, ref)
    if tab not in dict(detail.tabs_of(request.scope)):
        raise Http404("没有这一页")
    context = detail.page(project, tab, request.scope, clock.now())
    return render(request, detail.TEMPLATES.get(tab, detail.LATER), context)


def project_code(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """The code for the gate of the site (工地码): opens the page of the project."""
    project = _found(request, ref)
    address = request.build_absolute_uri(reverse("project", args=[project.ref]))
    path, width = code.path(address)
    crumbs = (
        {"label": "项目清单", "href": reverse("projects")},
        {"label": project.name, "href": reverse("project", args=[project.ref])},
        {"label": "工地码", "href": ""},
    )
    context = {"project": project, "address": address, "code": path, "width": width, "crumbs": crumbs}
    return render(request, "boards/project/code.html", context)


def _found(request: ScopedRequest, ref: UUID) -> Project:
    try:
        return projects.visible_project(request.scope, ref)
    except Project.DoesNotExist:
        raise Http404("没有这个项目") from None


def _name(now: datetime, ending: str) -> str:
    return f"项目清单-{now.astimezone(clock.SHANGHAI):%Y%m%d-%H%M}.{ending}"


def picked_refs(form: QueryDict) -> list[str]:
    """Public keys of the ticked rows: those of other pages in one field (`picks`), else the boxes of the page."""
    words = form.get("picks", "").split(",") if form.get("picks") else form.getlist("pick")
    return [ref for ref in words if _is_ref(ref)][: listing.EXPORT_LIMIT]


def _is_ref(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
