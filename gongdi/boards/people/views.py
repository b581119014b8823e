"""新建账号、新建只读账号、离任移交：要用到项目名单和各房间在办事项的人员页。"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gongdi.boards.people.handovers import HANDOVERS
from gongdi.desk import queries
from gongdi.desk.answers import crumbs, person_or_404, unit_address, unit_or_404
from gongdi.desk.forms import LeaveForm, NewAccountForm, NewReaderForm
from gongdi.desk.services import leaving, opening
from gongdi.desk.units import Unit, is_own, manages, own_unit, roles_for, unit_of
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.policy import INVITATION_DAYS, READER_DAYS
from gongdi.kernel.queries import policy_set
from gongdi.kernel.scope import Scope
from gongdi.orgs.models import User
from gongdi.orgs.services.accounts import NewMember
from gongdi.pages import listing
from gongdi.pages.forms import PageForm
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.queries import visible

MOST_PROJECTS = 500
FIELD_OF = {
    opening.PhoneWrong: "phone",
    opening.OtherName: "phone",
    opening.IdCardWrong: "id_card",
    opening.OtherIdCard: "id_card",
    opening.TwoDuties: "duty",
    opening.DatesWrong: "valid_to",
    opening.ReaderTooLong: "valid_to",
    opening.OutsideDivision: "limit",
}


@require_http_methods(["GET", "POST"])
def new_account(request: ScopedRequest) -> HttpResponse:
    """Open an account in the own unit, in one below, or on one of the own projects (新建账号)."""
    about, now = _managed_unit(request), clock.now()
    projects = _projects(request.scope) if is_own(request.scope, about) else {}
    form = NewAccountForm(request.POST or None, about=about, today=clock.shanghai_day(now), projects=projects)
    if request.method == "POST" and form.is_valid():
        opened = _open(request, form, _member(form, about, projects, now), frozenset(projects), now)
        if opened is not None:
            return _opened(request, opened, about)
    context = _context(request, form, about, "新建账号")
    return render(request, "boards/people/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def new_reader(request: ScopedRequest) -> HttpResponse:
    """Open an account that may only look, for one division and until a day (新建只读账号)."""
    about, now = _managed_unit(request), clock.now()
    if about.authority is None:
        raise Http404("只读账号由主管部门开通")
    day = clock.shanghai_day(now)
    form = NewReaderForm(request.POST or None, about=about, today=day)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        member = NewMember(
            role=roles_for(about)[0],
            valid_from=day,
            valid_to=given["valid_to"],
            authority_id=about.authority.id,
            post=given["post"],
            read_only=True,
            limit_division=given.get("limit", ""),
        )
        opened = _open(request, form, member, frozenset(), now)
        if opened is not None:
            return _opened(request, opened, about)
    context = _context(request, form, about, "新建只读账号")
    context["reader"], context["most"] = True, policy_set().get(READER_DAYS, day)
    return render(request, "boards/people/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def leave(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """End all identities of a person in a unit and hand over what is in hand (离任移交)."""
    by, now = request.scope, clock.now()
    person, rows = person_or_404(by, ref)
    about = next((unit_of(row) for row in rows if row.ended_at is None and manages(by, unit_of(row))), None)
    if about is None:
        raise Http404("没有这个人")
    if about.project_id is not None and by.enterprise_id is not None:
        about = own_unit(by)
    colleagues = queries.colleagues(about, person)
    work = leaving.in_hand(person, about, HANDOVERS, now)
    taker = queries.likely_taker(about, person, colleagues, by.user_id or 0) if work else None
    form = LeaveForm(
        request.POST or None, colleagues=colleagues, initial={"taker": taker.ref if taker else ""}
    )
    if request.method == "POST" and form.is_valid():
        what = leaving.Leaving(
            user=person,
            about=about,
            taker=_chosen(colleagues, form.cleaned_data["taker"]),
            reason=form.cleaned_data["reason"],
        )
        try:
            left = leaving.leave(what=what, handovers=HANDOVERS, by=by, now=now)
        except GongdiError as error:
            form.refuse(error, "reason" if isinstance(error, leaving.ReasonMissing) else "taker")
        else:
            messages.success(request, _left_words(person, what.taker, left))
            return redirect(unit_address(about))
    context = {
        "form": form,
        "person": person,
        "about": about,
        "rows": about.members().filter(user=person),
        "work": work,
        "crumbs": crumbs(by, about, "离任移交"),
    }
    return render(request, "boards/people/leave.html", context, status=422 if form.errors else 200)


def _managed_unit(request: ScopedRequest) -> Unit:
    word = listing.text(request.GET, "unit", 40)
    try:
        about = unit_or_404(request.scope, UUID(word) if word else None)
    except ValueError:
        raise Http404("没有这个单位") from None
    if not manages(request.scope, about):
        raise Http404("没有这个页面")
    return about


def _projects(by: Scope) -> dict[int, str]:
    """Projects for which the enterprise answers as 施工总承包, by name."""
    if by.enterprise_id is None:
        return {}
    rows = visible(by).filter(contractor_id=by.enterprise_id).order_by("name")
    return dict(rows.values_list("id", "name")[:MOST_PROJECTS])


def _member(form: NewAccountForm, about: Unit, projects: dict[int, str], now: datetime) -> NewMember:
    given = form.cleaned_data
    project = int(given["project"]) if given.get("project") else None
    on_site = project is not None
    return NewMember(
        role="site" if on_site else given.get("role") or roles_for(about)[0],
        valid_from=clock.shanghai_day(now),
        valid_to=given["valid_to"],
        authority_id=about.authority.id if about.authority else None,
        enterprise_id=None if on_site or about.enterprise is None else about.enterprise.id,
        project_id=project if on_site else about.project_id,
        employer_id=about.enterprise.id if on_site and about.enterprise else about.employer_id,
        project_name=projects.get(project or 0, about.project_name),
        post=given["post"],
        duty="" if on_site else given["duty"],
    )


def _open(
    request: ScopedRequest, form: PageForm, member: NewMember, projects: frozenset[int], now: datetime
) -> opening.Opened | None:
    given = form.cleaned_data
    person = opening.NewPerson(given["name"], given["phone"], given.get("id_card", ""))
    try:
        return opening.open_account(
            person=person, member=member, by=request.scope, now=now, policy=policy_set(), projects=projects
        )
    except GongdiError as error:
        form.refuse(error, FIELD_OF.get(type(error)))
        return None


def _opened(request: ScopedRequest, opened: opening.Opened, about: Unit) -> HttpResponse:
    """The slip of the new account; who is active already just has one more identity."""
    if opened.code:
        return redirect("person-slip", opened.user.ref)
    messages.success(request, f"{opened.user.display_name}已有账号，新身份即刻可用，不用激活")
    return redirect(unit_address(about))


def _context(request: ScopedRequest, form: PageForm, about: Unit, title: str) -> dict[str, Any]:
    return {
        "form": form,
        "title": title,
        "about": about,
        "crumbs": crumbs(request.scope, about, title),
        "back": unit_address(about),
        "days": policy_set().get(INVITATION_DAYS, clock.shanghai_day(clock.now())),
    }


def _chosen(colleagues: list[User], ref: str) -> User | None:
    return next((one for one in colleagues if str(one.ref) == ref), None)


def _left_words(person: User, taker: User | None, left: leaving.Left) -> str:
    moved = f"，{left.moved} 件在办事项交给{taker.display_name}" if taker and left.moved else ""
    closed = "，账号已停用" if left.closed else "，其他单位的身份不受影响"
    return f"{person.display_name}的 {left.ended} 个身份已终止{moved}{closed}"
