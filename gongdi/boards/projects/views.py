"""项目清单、导出和项目详情的入口。"""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from gongdi.boards.projects import detail, exported, listing
from gongdi.kernel import clock
from gongdi.pages import csv_file
from gongdi.pages.requests import ScopedRequest
from gongdi.projects import queries as projects
from gongdi.projects.models import Project


def project_list(request: ScopedRequest) -> HttpResponse:
    """The inventory inside the scope."""
    now = clock.now()
    context = listing.page(request.scope, request.GET, clock.shanghai_day(now)) | {"now": now}
    return render(request, "boards/project_list.html", context)


def project_csv(request: ScopedRequest) -> HttpResponse:
    """The current filter and order as CSV (UTF-8 with BOM), formulas of spreadsheets disarmed."""
    now = clock.now()
    today = clock.shanghai_day(now)
    lines = listing.selected(request.scope, request.GET, today)
    name = f"项目清单-{now.astimezone(clock.SHANGHAI):%Y%m%d-%H%M}.csv"
    return csv_file.answer(name, exported.HEAD, exported.rows(lines, today))


def project_page(request: ScopedRequest, ref: UUID, tab: str = "") -> HttpResponse:
    """One project; tabs that have no data yet say so."""
    if tab not in dict(detail.TABS):
        raise Http404("没有这一页")
    try:
        project = projects.visible_project(request.scope, ref)
    except Project.DoesNotExist:
        raise Http404("没有这个项目") from None
    template = "boards/project/overview.html" if tab in detail.REAL else "boards/project/later.html"
    return render(request, template, detail.page(project, tab, request.scope, clock.now()))
