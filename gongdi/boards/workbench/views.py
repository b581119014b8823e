"""工作台的入口：身份决定是哪一种，范围决定看到什么；逾期未接入名单与催办。"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from gongdi.boards.workbench import approval, board, firm, site, urging, vendor
from gongdi.kernel import clock
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.queries import missing_year, policy_set, working_calendar
from gongdi.kernel.scope import Role
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest

SIZE = 50
BOARDS = {
    Role.PROVINCE: (board.province, "province"),
    Role.CITY: (board.city, "city"),
    Role.COUNTY: (board.county, "county"),
    Role.STATION: (board.county, "county"),
    Role.ZONE: (board.county, "county"),
    Role.URBAN: (board.urban, "urban"),
    Role.APPROVAL: (approval.board, "approval"),
    Role.ENTERPRISE: (firm.board, "firm"),
    Role.DEVELOPER: (firm.board, "firm"),
    Role.SUPERVISOR: (firm.board, "firm"),
    Role.SITE: (site.board, "site"),
    Role.VENDOR: (vendor.board, "vendor"),
}


def workbench(request: ScopedRequest) -> HttpResponse:
    """The first page after sign-in; the role decides which one, the scope what it covers."""
    made, name = BOARDS.get(request.scope.role, (board.province, "province"))
    now = clock.now()
    context = made(request.scope, now)
    if request.scope.is_authority:
        context["calendar_missing"] = missing_year(working_calendar(), policy_set(), clock.shanghai_day(now))
    return render(request, f"boards/workbench/{name}.html", context)


def late_access(request: ScopedRequest) -> HttpResponse:
    """开工超过期限未接入: the list with proof, the acts of urging with what was delivered and read."""
    if request.scope.role in (Role.URBAN, Role.VENDOR):
        raise Http404("没有这一页")
    now = clock.now()
    today = clock.shanghai_day(now)
    rows = urging.late_projects(request.scope, today)
    total = rows.count()
    pager, offset = listing.pager(request.GET, total, f"共 {total:,} 个，逾期最久的在前", SIZE)
    context = {
        "now": now,
        "today": today,
        "total": total,
        "rows": [(row, (today - row.access_deadline).days) for row in rows[offset : offset + SIZE] if row.access_deadline],
        "pager": pager,
        "may_urge": urging.may_urge(request.scope),
        "word": {Role.PROVINCE: "督办到市", Role.ENTERPRISE: "催办项目部"}.get(request.scope.role, "催办总包"),
        "urged": urging.urged(request.scope),
    }  # fmt: skip
    return render(request, "boards/workbench/late.html", context)


def urge_late(request: ScopedRequest) -> HttpResponse:
    """Urge all of them at once and say what happened."""
    try:
        n, sent = urging.urge(by=request.scope, now=clock.now())
    except NotAllowed as error:
        raise Http404(str(error)) from None
    except UnusableInput as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"已发出：{n} 个项目，送达 {sent} 人，已留痕。")
    return redirect("late-access")
