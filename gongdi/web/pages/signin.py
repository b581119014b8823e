"""登录页的旁边部分、换身份。"""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from gongdi.kernel import clock
from gongdi.orgs import queries as orgs
from gongdi.orgs.models import Authority
from gongdi.orgs.views import SigninView
from gongdi.pages.requests import ScopedRequest
from gongdi.web.guard import SESSION_KEY
from gongdi.web.pages.status import status_context


class Signin(SigninView):
    """Sign-in with the state of the platform and the telephone numbers that are really registered."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what stands beside the form."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        phones = (
            Authority.objects.exclude(phone="").filter(level__in=("province", "city")).order_by("division_id")
        )
        return context | status_context(clock.now()) | {"phones": list(phones[:3])}


@require_POST
def act_as(request: ScopedRequest) -> HttpResponse:
    """Act under another valid membership of the same person."""
    user_id = request.user.pk
    if not isinstance(user_id, int):
        return redirect_to_login("/")
    asked = request.POST.get("membership", "")
    choices = {str(one.id): one.id for one in orgs.choices_of(user_id, clock.shanghai_day(clock.now()))}
    if asked not in choices:
        raise Http404("没有这个身份")
    request.session[SESSION_KEY] = choices[asked]
    request.session.cycle_key()
    return redirect("workbench")
