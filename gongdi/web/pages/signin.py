"""登录页、退出、换身份。"""

from typing import Any
from urllib.parse import quote, unquote

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongdi.desk.help_lines import help_lines, sponsor, unit_names
from gongdi.kernel import clock
from gongdi.kernel.queries import policy_set
from gongdi.orgs import queries as orgs
from gongdi.orgs.signin import entry, identity
from gongdi.orgs.signin.forms import SigninForm
from gongdi.orgs.signin.models import Outcome, Way
from gongdi.orgs.signin.sessions import rotate
from gongdi.orgs.signin.views import go_on
from gongdi.pages.requests import ScopedRequest, public
from gongdi.web.guard import SESSION_KEY
from gongdi.web.pages.status import status_context

UNIT_COOKIE = "gongdi_unit"
UNIT_AGE = 365 * 24 * 3600


@public
@require_http_methods(["GET", "POST"])
def signin(request: HttpRequest) -> HttpResponse:
    """Sign-in page (登录); a person who is signed in already goes on."""
    if request.user.is_authenticated:
        return go_on(request, request.GET.get("next", ""))
    wanted = request.POST.get("next", request.GET.get("next", ""))
    kept = (request.GET.get("unit") or unquote(request.COOKIES.get(UNIT_COOKIE, "")))[:120]
    if request.method == "POST":
        form = SigninForm(request.POST, request=request)
        if form.is_valid() and form.user is not None:
            return _entered(request, form, wanted)
    else:
        form = SigninForm(request=request, initial={"unit": kept, "keep_unit": True})
    return render(request, "signin/signin.html", _beside(form, wanted, kept))


def _entered(request: HttpRequest, form: SigninForm, wanted: str) -> HttpResponse:
    data, user = form.cleaned_data, form.user
    assert user is not None
    unit = data["unit"].strip()
    came = entry.Entry(form.way, factor=form.way == Way.BOTH, unit=unit, next=wanted)
    done = entry.proceed(request, user, came, form.at)
    answer = go_on(request, wanted) if done else redirect("signin-code")
    if data["keep_unit"] and unit:
        answer.set_cookie(UNIT_COOKIE, quote(unit), UNIT_AGE, httponly=True, samesite="Lax")
    elif request.COOKIES.get(UNIT_COOKIE):
        answer.delete_cookie(UNIT_COOKIE, samesite="Lax")
    return answer


def _beside(form: SigninForm, wanted: str, unit: str) -> dict[str, Any]:
    """What stands around the form: state of the platform, telephone numbers that are really registered."""
    return status_context(clock.now()) | {
        "form": form,
        "next": wanted,
        "unit": unit,
        "units": unit_names(),
        "contacts": help_lines(unit),
        "identity_name": identity.offered(),
        "identity_id": identity.PROVIDER,
        "sponsor": sponsor(),
    }


@public
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """What to do when one cannot sign in (登录不了), and whom to call."""
    return render(request, "signin/help.html", {"contacts": help_lines("")})


@public
@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """Sign out (退出) by POST only."""
    entry.leave(request, Outcome.LEFT, clock.now())
    return redirect("signin")


@require_POST
def act_as(request: ScopedRequest) -> HttpResponse:
    """Act under another valid membership of the same person."""
    user_id = request.user.pk
    if not isinstance(user_id, int):
        return redirect_to_login("/")
    asked = request.POST.get("membership", "")
    now = clock.now()
    choices = {str(one.id): one.id for one in orgs.choices_of(user_id, clock.shanghai_day(now))}
    if asked not in choices:
        raise Http404("没有这个身份")
    request.session[SESSION_KEY] = choices[asked]
    rotate(request)
    entry.renew_duties(request, request.user, entry.Moment(now, policy_set()))
    return redirect("workbench")
