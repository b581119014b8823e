"""项目详情：三路回传率、接入、监督、阶段、缺口、设备；没有接入的部分如实写明。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.urls import reverse

from gongdi.boards.places import place_name
from gongdi.boards.projects import duties, timeline
from gongdi.boards.projects.gaps import dust_gaps
from gongdi.boards.projects.lines import access_words
from gongdi.boards.projects.parties import parties_of, supervisors_of
from gongdi.equipment import queries as equipment
from gongdi.kernel import clock
from gongdi.kernel.scope import DataKind, Scope
from gongdi.projects.models import Project, ProjectKindRule
from gongdi.returns import queries as returns
from gongdi.telemetry.queries import alarms, facts

TABS = (
    ("", "概况"),
    ("documents", "资料"),
    ("video", "视频"),
    ("dust", "扬尘"),
    ("assessment", "考评"),
    ("fees", "费用合同"),
    ("orders", "处置"),
    ("changes", "变更"),
)
NEEDS = {
    "documents": DataKind.DOCUMENTS,
    "assessment": DataKind.DOCUMENTS,
    "fees": DataKind.FEES,
    "orders": DataKind.DOCUMENTS,
    "changes": DataKind.PEOPLE,
}
TEMPLATES = {
    "": "boards/project/overview.html",
    "dust": "boards/project/dust.html",
    "changes": "boards/project/changes.html",
}
LATER = "boards/project/later.html"
HISTORY = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the stages bar."""

    name: str
    state: str


def tabs_of(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Tabs that a scope may open: 城管 sees neither documents, people nor fees."""
    return tuple((key, label) for key, label in TABS if key not in NEEDS or scope.may_read(NEEDS[key]))


def page(project: Project, tab: str, scope: Scope, now: datetime) -> dict[str, Any]:
    """Everything on one tab of the page of a project."""
    context = _head(project, tab, scope, now)
    if tab == "changes":
        return context | {"changes": timeline.changes(project, HISTORY)}
    if tab in TEMPLATES and scope.may_read(DataKind.DUST):
        context |= _devices(project, now)
    if tab == "":
        devices = context.get("dust_devices", [])
        context["gaps"] = dust_gaps(project, devices, now)
        people = scope.may_read(DataKind.PEOPLE)
        context["parties"] = parties_of(project, clock.shanghai_day(now), people=people) if people else ()
        context["todos"] = todos(project, scope, now)
        context["steps"] = timeline.steps(project, context["access"], devices, scope, now)
    return context


def todos(project: Project, scope: Scope, now: datetime) -> tuple[duties.Next, ...]:
    """What waits for somebody on this project."""
    today = clock.shanghai_day(now)
    waiting = duties.of_page([project.pk], today, scope)
    item = duties.next_item(project, waiting, access_words(project, today), today)
    return (item,) if item.what else ()


def _head(project: Project, tab: str, scope: Scope, now: datetime) -> dict[str, Any]:
    today = clock.shanghai_day(now)
    rate = returns.rate_of_project(project.pk, today)
    access = returns.access_of_projects([project.pk]).get(project.pk)
    word, tone, below = access_words(project, today)
    whole = scope.may_read(DataKind.DOCUMENTS)
    tabs = tabs_of(scope)
    return {
        "now": now,
        "project": project,
        "place": place_name(project.division),
        "whole": whole,
        "may_people": scope.may_read(DataKind.PEOPLE),
        "rate": rate,
        "streams": (rate.documents, rate.video, rate.dust) if whole else (rate.dust,),
        "access": access,
        "access_word": word,
        "access_tone": tone,
        "access_below": below,
        "before_deadline": project.connected_on is None and tone not in ("bad", "mute"),
        "crumbs": (
            {"label": "项目清单", "href": reverse("projects")},
            {"label": project.division.name, "href": reverse("projects") + f"?division={project.division_id}"},
            {"label": project.name, "href": ""},
        ),
        "tabs": [
            {"label": label, "href": reverse("project-tab", args=[project.ref, key]) if key else reverse("project", args=[project.ref]), "current": key == tab}
            for key, label in tabs
        ],
        "tab": tab,
        "tab_label": dict(tabs)[tab],
        "stages": _stages(project, today),
        "bodies": supervisors_of(project),
        "month": today,
    }  # fmt: skip


def _stages(project: Project, today: date) -> tuple[Stage, ...]:
    """Stages of the kind: those before the present one are done; none when the present one is unknown."""
    rule = ProjectKindRule.objects.filter(kind_id=project.kind_id, valid_from__lte=today).order_by("-valid_from").first()  # fmt: skip
    names = [str(stage["name"]) for stage in rule.stages] if rule else []
    if project.stage not in names:
        return ()
    at = names.index(project.stage)
    states = ["done"] * at + ["now"] + ["later"] * (len(names) - at - 1)
    return tuple(Stage(name, state) for name, state in zip(names, states, strict=True))


def _devices(project: Project, now: datetime) -> dict[str, Any]:
    devices = equipment.devices_of_projects([project.pk]).get(project.pk, [])
    lines = facts.device_lines([device.gateway_id for device in devices])
    today = clock.shanghai_day(now)
    days = returns.days_of_project(project.pk, today)
    found = alarms.alarms_of_devices([device.gateway_id for device in devices], now - timedelta(days=7), now)
    names = {device.gateway_id: device.name for device in devices}
    return {
        "dust_devices": devices,
        "devices": [
            {"device": device, "line": lines.get(device.gateway_id), "silent": _silent(lines.get(device.gateway_id), now)}
            for device in devices
        ],
        "days": [{"day": day, "x": index * 6, "kind": _kind(day.credit)} for index, day in enumerate(days)],
        "days_width": max(6, 6 * len(days)),
        "alarms": [{"alarm": alarm, "device": names.get(alarm.device_id, "")} for alarm in found[:6]],
    }  # fmt: skip


def _silent(line: facts.DeviceLine | None, now: datetime) -> bool:
    return line is None or line.heard_at is None or now - line.heard_at > facts.SILENT_AFTER


def _kind(credit: Fraction | None) -> str:
    if credit is None:
        return "none"
    return "full" if credit == 1 else "part" if credit else "zero"
