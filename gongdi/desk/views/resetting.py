"""重置登录：管理员核实本人后，作废密码或停用动态口令。"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from gongdi.desk.answers import person_or_404
from gongdi.desk.services import resetting
from gongdi.desk.units import manages, unit_of
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.orgs.signin.source import source_of
from gongdi.pages.requests import ScopedRequest


@require_POST
def reset_person(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """An administrator clears the password or the second factor of one of his people (重置登录)."""
    kind, by = request.POST.get("kind", ""), request.scope
    user, rows = person_or_404(by, ref)
    row = next((one for one in rows if manages(by, unit_of(one)) and one.ended_at is None), None)
    if row is None or kind not in resetting.ACTS:
        raise Http404("没有这个账号")
    what = resetting.Reset(kind, user, unit_of(row), request.POST.get("reason", ""))
    try:
        resetting.reset(what, by=by, source=source_of(request), now=clock.now())
    except GongdiError as error:
        messages.error(request, str(error))
        return redirect("person", ref)
    if kind == resetting.PASSWORD:
        messages.success(request, "密码已作废，所有登录已退出；请出一张激活单交给本人重新激活")
    else:
        messages.success(request, "动态口令已停用，所有登录已退出；本人下次登录重新设置")
    return redirect("person", ref)
