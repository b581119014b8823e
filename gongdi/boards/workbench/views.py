"""工作台的入口：身份决定是哪一种，范围决定看到什么。"""

from django.http import HttpResponse
from django.shortcuts import render

from gongdi.boards.workbench import approval, board, firm, site, vendor
from gongdi.kernel import clock
from gongdi.kernel.scope import Role
from gongdi.pages.requests import ScopedRequest

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
    return render(request, f"boards/workbench/{name}.html", made(request.scope, clock.now()))
