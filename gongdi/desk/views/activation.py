"""激活账号：扫码或照激活单填码，核对手机号，自己设密码，随即进入。"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from gongdi.desk.forms import ActivateForm, CodeForm
from gongdi.desk.services import opening
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.queries import policy_set
from gongdi.orgs.models import Membership
from gongdi.orgs.queries import subject_of
from gongdi.orgs.services.signin import begin_try, end_try
from gongdi.orgs.signin import entry
from gongdi.orgs.signin.models import Way
from gongdi.orgs.signin.passwords import WeakPassword
from gongdi.orgs.signin.source import source_of
from gongdi.orgs.tries import TryLimit
from gongdi.pages.requests import public

PER_CODE = 5
PER_SOURCE = 100
LOCK = timedelta(minutes=30)


@public
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a printed slip (激活账号)."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = opening.plain_code(form.cleaned_data["code"])
        if len(code) == opening.CODE_LENGTH:
            return redirect("activate-code", code)
        form.add_error("code", "激活码是 12 位字母和数字，没有 0、1、I、O，请照激活单核对")
    return render(request, "desk/activate.html", {"form": form}, status=422 if form.errors else 200)


@public
@require_http_methods(["GET", "POST"])
def activate_code(request: HttpRequest, code: str) -> HttpResponse:
    """Telephone and a password of one's own; the person is then signed in."""
    now = clock.now()
    source = [TryLimit(f"activate:{source_of(request).address}", PER_SOURCE, LOCK, leaks=True)]
    try:
        held = opening.open_invitation(code, now)
    except GongdiError as error:
        counted = begin_try(source, now)
        why = str(error) if counted.allowed else "这个网络地址试错的次数过多，请半小时后再试。"
        used = isinstance(error, opening.CodeUsed)
        return render(request, "desk/activate_gone.html", {"why": why, "used": used}, status=410)
    form = ActivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _activated(request, code, form, held.user.ref.hex)
        if answer is not None:
            return answer
    rows = Membership.objects.filter(user=held.user, ended_at__isnull=True)
    context = {
        "form": form,
        "held": held,
        "units": [(subject_of(row), row.post) for row in rows.select_related("authority", "enterprise")],
    }
    response = render(request, "desk/activate.html", context, status=422 if form.errors else 200)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _activated(request: HttpRequest, code: str, form: ActivateForm, account: str) -> HttpResponse | None:
    """One counted try; None when it was refused and the form says why."""
    at = entry.Moment(clock.now(), policy_set())
    limits = [TryLimit(f"activate:{account}", PER_CODE, LOCK)]
    verdict = begin_try(limits, at.now)
    if not verdict.allowed:
        form.add_error("phone", "手机号试错的次数过多，请半小时后再试")
        return None
    given = form.cleaned_data
    try:
        user = opening.activate(
            code=code, phone=given["phone"], password=given["password"], now=at.now, policy=at.policy
        )
    except WeakPassword as error:
        end_try(limits)
        form.refuse(error, "password")
        return None
    except GongdiError as error:
        form.refuse(error, "phone" if isinstance(error, opening.PhoneOther) else None)
        return None
    end_try(limits)
    inside = entry.proceed(request, user, entry.Entry(Way.PASSWORD), at)
    return redirect(reverse("workbench" if inside else "signin-code"))
