"""工作台的入口：身份决定是哪一种，范围决定看到什么。"""

from django.http import HttpResponse
from django.shortcuts import render

from gongdi.boards.workbench.board import board
from gongdi.kernel import clock
from gongdi.pages.requests import ScopedRequest


def workbench(request: ScopedRequest) -> HttpResponse:
    """The first page after sign-in; the scope decides what it covers."""
    return render(request, "boards/workbench/body.html", board(request.scope, clock.now()))
