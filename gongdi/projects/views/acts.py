"""监督机构对一个项目的办理：确认竣工、责令停工、监督移交，各是一张表单。"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError
from gongdi.orgs.models import Authority
from gongdi.pages.requests import ScopedRequest
from gongdi.projects.forms import CompletionForm, OrderForm, SupervisionForm
from gongdi.projects.models import Project, Stop, Supervision
from gongdi.projects.services import changing, officers, stops
from gongdi.projects.services.stops import StopWish
from gongdi.projects.views.base import head, project_of

CITY = 4
"""Digits of a division code that name the city."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a supervising body (办理): its words, its form, what it does and says when done."""

    title: str
    note: str
    form: Callable[[ScopedRequest, Project], Any]
    do: Callable[[ScopedRequest, Project, dict[str, Any]], str]


def act_page(request: ScopedRequest, ref: UUID, act: str) -> HttpResponse:
    """One act about a project; 404 for anybody but the body that supervises it."""
    project, found = project_of(request, ref), ACTS.get(act)
    held = _held(request, project) if request.scope.role in changing.HOUSING else []
    if found is None or not (held if act == "supervision" else "safety" in held):
        raise Http404("没有这一页")
    form = found.form(request, project)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, found.do(request, project, form.cleaned_data))
            return redirect("projects" if act == "supervision" else "project", *_target(act, ref))
        except GongdiError as error:
            form.refuse(error)
    context = head(project, found.title) | {"form": form, "act": found.title, "note": found.note}
    return render(request, "projects/one_form.html", context, status=422 if form.errors else 200)


def _target(act: str, ref: UUID) -> tuple[UUID, ...]:
    """A project handed to another body may lie outside the scope: its giver goes back to the list."""
    return () if act == "supervision" else (ref,)


def _held(request: ScopedRequest, project: Project) -> list[str]:
    """Aspects of the project that the own body supervises now."""
    own = request.scope.authority_id
    bodies = {
        "safety": project.safety_authority_id,
        "quality": project.quality_authority_id,
        "dust": project.dust_authority_id,
    }
    return [aspect for aspect, body in bodies.items() if own is not None and body == own]


def _completion(request: ScopedRequest, project: Project) -> CompletionForm:
    return CompletionForm(request.POST or None, initial={"day": clock.shanghai_day(clock.now())})


def _complete(request: ScopedRequest, project: Project, values: dict[str, Any]) -> str:
    changing.complete(project_id=project.pk, day=values["day"], by=request.scope, now=clock.now())
    return f"已确认 {values['day']} 竣工，此后不再应传。"


def _order_form(request: ScopedRequest, project: Project) -> OrderForm:
    return OrderForm(request.POST or None)


def _order(request: ScopedRequest, project: Project, values: dict[str, Any]) -> str:
    wish = StopWish(kind=Stop.Kind.ORDERED.value, **values)
    stops.order_stop(project_id=project.pk, wish=wish, by=request.scope, now=clock.now())
    return "已责令停工。停工期内扬尘、视频照常应传。"


def _supervision_form(request: ScopedRequest, project: Project) -> SupervisionForm:
    words = dict(Supervision.Aspect.choices)
    bodies = Authority.objects.filter(
        division__code__startswith=project.division_id[:CITY], valid_to__isnull=True
    )
    return SupervisionForm(
        request.POST or None,
        aspects=[(one, str(words[one])) for one in _held(request, project)],
        bodies=[(str(one.pk), one.name) for one in bodies if one.pk != request.scope.authority_id],
    )


def _move(request: ScopedRequest, project: Project, values: dict[str, Any]) -> str:
    officers.move_supervision(
        project_id=project.pk,
        aspect=values["aspect"],
        authority_id=int(values["authority"]),
        by=request.scope,
        now=clock.now(),
        reason=values["reason"],
    )
    return f"{project.name} 已移交，移交前的记录照旧可查。"


ACTS = {
    "complete": Act("确认竣工", "竣工次日起不再应传，已经核算的日子不变。", _completion, _complete),
    "order-stop": Act("责令停工", "责令停工不免传：扬尘和视频证明停工。", _order_form, _order),
    "supervision": Act("监督移交", "从今天起由接收机构监督，监督员由它指定。", _supervision_form, _move),
}
