"""人员页：身份、有效期、最近登录；显示手机号、管理职责、代理、停用与恢复、重出激活码。"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from gongdi.desk import queries
from gongdi.desk.answers import crumbs, person_or_404
from gongdi.desk.forms import DeputyForm, ReasonForm
from gongdi.desk.services import duties, leaving, opening
from gongdi.desk.units import manages, unit_of
from gongdi.desk.words import ACT_WORDS
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.evidence.record import history
from gongdi.kernel.policy import UNMASK_SECONDS
from gongdi.kernel.queries import policy_set
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import Membership
from gongdi.pages.requests import ScopedRequest


@require_http_methods(["GET"])
def person_page(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """One person: identities with their days, last sign-in, what was done to the account (人员)."""
    return _page(request, ref)


@require_POST
def unmask(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Show the telephone for a short time, against a reason that is kept (显示)."""
    user, _ = person_or_404(request.scope, ref)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            phone = duties.unmask(
                user=user, reason=form.cleaned_data["reason"], by=request.scope, now=clock.now()
            )
            return _page(request, ref, phone=phone)
        except GongdiError as error:
            form.refuse(error, "reason")
    return _page(request, ref, asked=form)


@require_POST
def set_duty(request: ScopedRequest, ref: UUID, key: int) -> HttpResponse:
    """Give or take a duty of the three separated administrators."""
    row = _managed(request.scope, ref, key)
    duty = request.POST.get("duty", "")
    if duty not in Membership.Duty.values:
        raise Http404("没有这种职责")
    try:
        duties.set_duty(membership=row, duty=duty, by=request.scope, now=clock.now())
        messages.success(request, "管理职责已更新")
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("person", ref)


@require_http_methods(["GET", "POST"])
def deputy(request: ScopedRequest, ref: UUID, key: int) -> HttpResponse:
    """Name a deputy for one membership (指定代理人)."""
    by, now = request.scope, clock.now()
    user, rows = person_or_404(by, ref)
    row = next((one for one in rows if one.id == key and one.ended_at is None), None)
    if row is None or not (manages(by, unit_of(row)) or row.id == by.membership_id):
        raise Http404("没有这个身份")
    colleagues = queries.colleagues(unit_of(row), user)
    day = clock.shanghai_day(now)
    form = DeputyForm(request.POST or None, colleagues=colleagues, initial={"first": day})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = next(one for one in colleagues if str(one.ref) == given["deputy"])
        try:
            duties.name_deputy(
                membership=row,
                deputy=chosen,
                dates=(given["first"], given["last"]),
                by=by,
                now=now,
                policy=policy_set(),
            )
        except GongdiError as error:
            form.refuse(error, "last" if isinstance(error, duties.DeputyDates) else "deputy")
        else:
            messages.success(request, f"{chosen.display_name}将在期内代理")
            return redirect("person", ref)
    context = {
        "form": form,
        "person": user,
        "row": row,
        "about": unit_of(row),
        "crumbs": crumbs(by, unit_of(row), "指定代理人"),
    }
    return render(request, "desk/deputy.html", context, status=422 if form.errors else 200)


@require_POST
def switch(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """Close or re-open an account against a reason (停用、恢复)."""
    by, now = request.scope, clock.now()
    user, rows = person_or_404(by, ref)
    row = next((one for one in rows if manages(by, unit_of(one)) and one.ended_at is None), None)
    if row is None:
        raise Http404("没有这个账号")
    verb = leaving.disable if user.is_active else leaving.enable
    try:
        verb(user=user, about=unit_of(row), reason=request.POST.get("reason", ""), by=by, now=now)
        messages.success(request, "账号已停用" if user.is_active else "账号已恢复")
    except GongdiError as error:
        messages.error(request, str(error))
    return redirect("person", ref)


@require_POST
def invite_again(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """A new activation code; the old one ends."""
    by = request.scope
    user, rows = person_or_404(by, ref)
    row = next((one for one in rows if manages(by, unit_of(one)) and one.ended_at is None), None)
    if row is None:
        raise Http404("没有这个账号")
    try:
        opening.invite_again(user=user, about=unit_of(row), by=by, now=clock.now(), policy=policy_set())
    except GongdiError as error:
        messages.error(request, str(error))
        return redirect("person", ref)
    about = unit_of(row)
    return redirect("unit-slips", about.ref) if about.ref else redirect("own-slips")


def _page(
    request: ScopedRequest, ref: UUID, *, phone: str = "", asked: ReasonForm | None = None
) -> HttpResponse:
    by, now = request.scope, clock.now()
    user, rows = person_or_404(by, ref)
    day = clock.shanghai_day(now)
    current = [row for row in rows if row.ended_at is None]
    lead = unit_of((current or rows)[0])
    managed = {row.id for row in current if manages(by, unit_of(row))}
    context: dict[str, Any] = {
        "person": user,
        "about": lead,
        "crumbs": crumbs(by, lead, user.display_name),
        "rows": [
            {"line": line, "managed": line.membership.id in managed, "own": line.membership.id == by.membership_id}
            for line in queries.lines(rows, day)
        ],
        "duties": Membership.Duty.choices,
        "manages": bool(managed),
        "phone": phone,
        "asked": asked or ReasonForm(),
        "seconds": policy_set().get(UNMASK_SECONDS, day),
        "events": [
            {"at": one.at, "word": ACT_WORDS.get(one.act, one.act), "event": one}
            for one in history("orgs.user", user.ref, 20)
        ],
        "now": now,
    }  # fmt: skip
    status = 422 if asked is not None and asked.errors else 200
    response = render(request, "desk/person.html", context, status=status)
    if phone:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Refresh"] = f"{context['seconds']}; url={reverse('person', args=[ref])}"
    return response


def _managed(by: Scope, ref: UUID, key: int) -> Membership:
    _, rows = person_or_404(by, ref)
    row = next((one for one in rows if one.id == key and one.ended_at is None), None)
    if row is None or not manages(by, unit_of(row)):
        raise Http404("没有这个身份")
    return row
