"""企业页的入口。"""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from gongdi.boards.enterprise import panorama
from gongdi.boards.search.finding import enterprises
from gongdi.kernel import clock
from gongdi.pages.requests import ScopedRequest


def enterprise_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """One enterprise with its projects inside the scope; any other does not exist."""
    found = enterprises(request.scope).filter(ref=ref).first()
    if found is None:
        raise Http404("没有这家企业")
    now = clock.now()
    context = panorama.page(request.scope, found, clock.shanghai_day(now)) | {"now": now}
    return render(request, "boards/enterprise.html", context)
