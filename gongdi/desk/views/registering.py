"""企业注册：公开填报、凭查询码看进度和补正；主管部门审核。"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gongdi.desk import queries
from gongdi.desk.forms import RegisterForm, ReviewForm
from gongdi.desk.models import Invitation, Registration
from gongdi.desk.services import registering
from gongdi.desk.services.opening import shown_code
from gongdi.desk.units import LEADING_ROLES
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.kernel.files.storing import FileRefused
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.orgs import personal
from gongdi.orgs.models import Enterprise
from gongdi.orgs.rules import uscc_valid
from gongdi.orgs.services.signin import begin_try
from gongdi.orgs.signin.source import source_of
from gongdi.orgs.tries import TryLimit
from gongdi.pages import listing
from gongdi.pages.requests import ScopedRequest, public

SIZE = 20
PER_SOURCE, LOCK = 60, timedelta(minutes=30)
STATES = (("submitted", "待审核"), ("returned", "已退回"), ("accepted", "已通过"))
KIND_WORDS = {kind.value: kind.label for kind in Enterprise.Kind}
TOO_MANY = GongdiError("这个网络地址提交的次数过多，请半小时后再试。")


@public
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """An enterprise registers itself (企业注册)."""
    now = clock.now()
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _counted(request)
            letter = form.cleaned_data["letter"]
            done = registering.submit(new=_given(form), clock=_clock(), now=now, letter=letter)
        except GongdiError as error:
            refuse(form, error)
        else:
            response = redirect("registration-state", done.code)
            messages.success(request, "已提交，请记下查询码")
            return response
    return render(request, "desk/register.html", {"form": form}, status=422 if form.errors else 200)


@public
@require_http_methods(["GET", "POST"])
def registration_state(request: HttpRequest, code: str) -> HttpResponse:
    """Where the registration stands; mended and handed in again after a return."""
    now = clock.now()
    try:
        registration = registering.registration_of(code)
    except GongdiError as error:
        _counted(request)
        raise Http404(str(error)) from None
    form = None
    if registration.state == Registration.State.RETURNED:
        form = RegisterForm(
            request.POST or None, request.FILES or None, again=True, initial=_initial(registration)
        )
        if request.method == "POST" and form.is_valid():
            try:
                _counted(request)
                letter = form.cleaned_data["letter"]
                registering.submit_again(code=code, new=_given(form), clock=_clock(), now=now, letter=letter)
            except GongdiError as error:
                refuse(form, error)
            else:
                messages.success(request, "已重新提交")
                return redirect("registration-state", code)
    context = {
        "row": registration,
        "form": form,
        "code": shown_code(code),
        "defects": _defects(registration),
        "kinds": [KIND_WORDS.get(kind, kind) for kind in registration.kinds],
        "invitation": _invitation(registration),
        "late": queries.is_late(registration, now),
    }
    response = render(
        request, "desk/registration_state.html", context, status=422 if form and form.errors else 200
    )
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def review_list(request: ScopedRequest) -> HttpResponse:
    """Registrations to review, the nearest term first (企业注册审核)."""
    by, now = request.scope, clock.now()
    if by.role not in LEADING_ROLES:
        raise Http404("没有这个页面")
    today, calendar = clock.shanghai_day(now), working_calendar()
    state = listing.choice(request.GET, "state", [key for key, _ in STATES]) or "submitted"
    every = queries.registrations(by)
    found = every.filter(state=state).order_by("due_on" if state == "submitted" else "-decided_at", "id")
    total = found.count()
    pager, start = listing.pager(request.GET, total, f"共 {total:,} 家", SIZE)
    context = {
        "tabs": [
            {"label": label, "n": every.filter(state=key).count(), "href": listing.address(request.GET, state=key), "current": key == state}
            for key, label in STATES
        ],
        "state": state,
        "rows": [
            {"row": row, "left": queries.remaining(row.due_on, today, calendar), "own": row.authority_id == by.authority_id}
            for row in found[start : start + SIZE]
        ],
        "late": queries.late_registrations(by, today).count(),
        "pager": pager,
        "now": now,
    }  # fmt: skip
    return render(request, "desk/reviews.html", context)


@require_http_methods(["GET", "POST"])
def review(request: ScopedRequest, ref: UUID) -> HttpResponse:
    """One registration with its checks; accepted, or returned with all defects at once."""
    by, now = request.scope, clock.now()
    row = queries.registrations(by).filter(ref=ref).first()
    if row is None:
        raise Http404("没有这份注册")
    may = registering.may_review(by, row) and row.state == Registration.State.SUBMITTED
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if "accept" in request.POST:
                if any(form.cleaned_data.values()):
                    raise registering.NoDefects("已写了要改正的问题，不能同时通过；要通过请先清空问题。")
                registering.accept(ref=ref, by=by, now=now, policy=policy_set())
                messages.success(request, f"{row.name}已通过，管理员凭手机号激活账号")
            else:
                registering.send_back(ref=ref, defects=form.cleaned_data, by=by, now=now)
                messages.success(request, f"{row.name}已退回，问题一次性告知")
            return redirect("registrations")
        except GongdiError as error:
            form.refuse(error)
    today = clock.shanghai_day(now)
    context = {
        "row": row,
        "form": form,
        "may": may,
        "lines": _lines(row, form),
        "checks": _checks(row),
        "left": queries.remaining(row.due_on, today, working_calendar()),
        "kinds": [KIND_WORDS.get(kind, kind) for kind in row.kinds],
        "defects": _defects(row),
        "now": now,
    }
    return render(request, "desk/review.html", context, status=422 if form.errors else 200)


def refuse(form: RegisterForm, error: GongdiError) -> None:
    """Show a refusal at the field it is about."""
    fields = {
        registering.UsccWrong: "uscc",
        registering.AlreadyOpen: "uscc",
        registering.PhoneWrong: "contact_phone",
        FileRefused: "letter",
    }
    form.refuse(error, fields.get(type(error)))


def _counted(request: HttpRequest) -> None:
    limit = TryLimit(f"register:{source_of(request).address}", PER_SOURCE, LOCK, leaks=True)
    if not begin_try([limit], clock.now()).allowed:
        raise TOO_MANY


def _clock() -> registering.Clock:
    return registering.Clock(policy_set(), working_calendar())


def _given(form: RegisterForm) -> registering.NewRegistration:
    given = form.cleaned_data
    return registering.NewRegistration(
        name=given["name"],
        uscc=given["uscc"],
        division=given["division"].code,
        kinds=tuple(given["kinds"]),
        legal_person=given["legal_person"],
        address=given["address"],
        phone=given["unit_phone"],
        contact_name=given["contact_name"],
        contact_phone=given["contact_phone"],
    )


def _initial(row: Registration) -> dict[str, Any]:
    return {
        "name": row.name,
        "uscc": row.uscc,
        "division": row.division_id,
        "kinds": row.kinds,
        "legal_person": row.legal_person,
        "address": row.address,
        "unit_phone": row.phone,
        "contact_name": row.contact_name,
    }


def _defects(row: Registration) -> list[dict[str, str]]:
    return [{"label": registering.FIELDS[one["field"]], "words": one["words"]} for one in row.defects]


def _invitation(row: Registration) -> str:
    if row.account is None:
        return ""
    held = Invitation.objects.filter(user=row.account, used_at=None, withdrawn_at=None).first()
    return "" if held is None else personal.unseal(held.sealed)


def _lines(row: Registration, form: ReviewForm) -> list[dict[str, Any]]:
    """Each field with what was filled in and the place to write its defect."""
    values = {
        "name": row.name,
        "uscc": row.uscc,
        "division": row.division.name,
        "kinds": "、".join(KIND_WORDS.get(kind, kind) for kind in row.kinds),
        "legal_person": row.legal_person,
        "address": row.address,
        "phone": row.phone or "没有填",
        "contact": f"{row.contact_name} {row.contact_masked}",
        "letter": row.letter_name or "没有上传",
    }
    return [
        {"label": label, "value": values[name], "field": form[name], "letter": name == "letter"}
        for name, label in registering.FIELDS.items()
    ]


def _checks(row: Registration) -> list[dict[str, Any]]:
    """What the system has compared by itself; it proposes nothing."""
    known = Enterprise.objects.filter(uscc=row.uscc).first()
    others = Registration.objects.filter(uscc=row.uscc, state=Registration.State.SUBMITTED).exclude(id=row.id)
    return [
        {"ok": uscc_valid(row.uscc), "label": "信用代码校验位", "why": "由前 17 位算出，与第 18 位一致"},
        {"ok": row.uscc[2:4] == "14", "label": "登记机关在山西", "why": f"代码第 3 至 8 位 {row.uscc[2:8]}" + ("" if row.uscc[2:4] == "14" else "，外省企业属正常，请核对授权书")},
        {"ok": known is None or known.name == row.name, "label": "与系统里的名称一致", "why": "系统里还没有这家企业" if known is None else f"系统里登记为 {known.name}"},
        {"ok": not others.exists(), "label": "没有重复的注册", "why": f"同一代码还有 {others.count()} 份待审核" if others.exists() else "同一代码只有这一份待审核"},
    ]  # fmt: skip
